with

prospects as (
    select * from {{ ref('stg_list_prospects') }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
),

profile_account as (
    select * from {{ source('identity', 'profile_account') }}
),

final as (
    select
        prospects.feed,
        prospects.record_key,
        prospects.profile_id,
        profile_person.person_id,
        profile_account.account_id,
        prospects.event_at,
        prospects.list_name,
        prospects.prospect_segment
    from prospects
    left join profile_person on prospects.profile_id = profile_person.profile_id
    left join profile_account on prospects.profile_id = profile_account.profile_id
)

select * from final
