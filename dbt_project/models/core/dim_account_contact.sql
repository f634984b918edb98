with

contacts as (
    select * from {{ ref('dim_account_contact_identified') }}
),

final as (
    select
        account_id,
        person_id,
        feed,
        valid_from,
        valid_to,
        is_current,
        profile_count,
        last_seen_at
    from contacts
)

select * from final
