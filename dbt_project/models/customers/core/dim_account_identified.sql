{{ config(alias='dim_account', meta=customers_asset('core', 'dim_account')) }}

with

profiles_seen as (
    select * from {{ ref('int_profiles_seen') }}
),

profile_account as (
    select * from {{ source('identity', 'profile_account') }}
),

companies as (
    select * from {{ ref('stg_companies') }}
),

-- recency: register entries above all others, then the newer.
profiles as (
    select
        profile_account.account_id,
        profiles_seen.*,
        row(profiles_seen.kind = 'companies', profiles_seen.last_seen_at, profiles_seen.profile_id) as recency
    from profile_account
    inner join profiles_seen on profile_account.profile_id = profiles_seen.profile_id
),

register_entries as (
    select
        profile_account.account_id,
        companies.*
    from companies
    inner join profile_account on companies.profile_id = profile_account.profile_id
    qualify
        row_number() over (
            partition by profile_account.account_id
            order by companies.event_at desc, companies.feed, companies.record_key
        ) = 1
),

golden as (
    select
        account_id,
        count(*) as profile_count,
        bool_or(kind = 'companies') as is_registered,
        bool_and(kind = 'companies' or is_from_bought_list) as is_known_from_outside_only,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        arg_max(company_name_clean, recency) as company_name,
        arg_max(company_number_clean, recency) as company_number,
        arg_max(vat_number_clean, recency) as vat_number,
        coalesce(
            arg_max({{ address_group() }}, recency) filter (
                where street_clean is not null and coalesce(postcode_clean, city_clean) is not null
            ),
            arg_max({{ address_group() }}, recency) filter (where postcode_clean is not null),
            arg_max({{ address_group() }}, recency) filter (where coalesce(city_clean, country_clean) is not null)
        ) as address
    from profiles
    group by account_id
),

final as (
    select
        golden.account_id,
        golden.company_name,
        golden.company_number,
        golden.vat_number,
        golden.address.street,
        golden.address.house_number,
        golden.address.postcode,
        golden.address.postcode_area,
        golden.address.city,
        golden.address.country,
        register_entries.legal_form,
        register_entries.founded_date,
        register_entries.nace_code,
        register_entries.employee_count,
        register_entries.turnover_amount,
        register_entries.currency as turnover_currency,
        register_entries.parent_company_number,
        register_entries.website,
        golden.is_registered,
        golden.is_known_from_outside_only,
        golden.profile_count,
        golden.first_seen_at,
        golden.last_seen_at
    from golden
    left join register_entries on golden.account_id = register_entries.account_id
)

select * from final
