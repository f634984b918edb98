with

tickets as (
    select * from {{ ref('stg_support_tickets') }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
),

profile_account as (
    select * from {{ source('identity', 'profile_account') }}
),

final as (
    select
        tickets.feed,
        tickets.record_key,
        tickets.profile_id,
        profile_person.person_id,
        profile_account.account_id,
        tickets.event_at,
        tickets.ticket_id,
        tickets.category,
        tickets.ticket_status,
        tickets.contact_channel,
        tickets.product_id,
        tickets.closed_at,
        tickets.satisfaction_score
    from tickets
    left join profile_person on tickets.profile_id = profile_person.profile_id
    left join profile_account on tickets.profile_id = profile_account.profile_id
)

select * from final
