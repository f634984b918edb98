{{ config(meta=customers_asset('marts', 'account_sites')) }}

with

sites as (
    select * from {{ ref('int_accounts_sited') }}
),

final as (
    select
        account_id,
        row_number() over (partition by account_id order by is_registered desc, first_seen_at, place) as site_number,
        address.street,
        address.house_number,
        address.postcode,
        address.city,
        address.country,
        is_registered,
        contact_count,
        first_seen_at,
        last_seen_at
    from sites
)

select * from final
