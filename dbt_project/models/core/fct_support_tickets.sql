with

support_tickets as (
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
        support_tickets.feed,
        support_tickets.record_key,
        support_tickets.profile_id,
        profile_person.person_id,
        profile_account.account_id,
        support_tickets.event_at,
        support_tickets.ticket_id,
        support_tickets.category,
        support_tickets.ticket_status,
        support_tickets.contact_channel,
        support_tickets.product_id,
        support_tickets.closed_at,
        support_tickets.satisfaction_score
    from support_tickets
    left join profile_person on support_tickets.profile_id = profile_person.profile_id
    left join profile_account on support_tickets.profile_id = profile_account.profile_id
)

select * from final
