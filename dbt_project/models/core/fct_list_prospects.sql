with

list_prospects as (
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
        list_prospects.feed,
        list_prospects.record_key,
        list_prospects.profile_id,
        profile_person.person_id,
        profile_account.account_id,
        list_prospects.event_at,
        list_prospects.list_name,
        list_prospects.prospect_segment
    from list_prospects
    left join profile_person on list_prospects.profile_id = profile_person.profile_id
    left join profile_account on list_prospects.profile_id = profile_account.profile_id
)

select * from final
