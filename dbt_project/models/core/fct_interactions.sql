with

interactions as (
    select * from {{ ref('stg_interactions') }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
),

profile_account as (
    select * from {{ source('identity', 'profile_account') }}
),

final as (
    select
        interactions.feed,
        interactions.record_key,
        interactions.profile_id,
        profile_person.person_id,
        profile_account.account_id,
        interactions.event_at,
        interactions.interaction_type,
        interactions.place,
        interactions.sales_rep,
        interactions.outcome,
        interactions.product_id
    from interactions
    left join profile_person on interactions.profile_id = profile_person.profile_id
    left join profile_account on interactions.profile_id = profile_account.profile_id
)

select * from final
