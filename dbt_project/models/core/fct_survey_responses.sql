with

responses as (
    select * from {{ ref('stg_survey_responses') }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
),

final as (
    select
        responses.feed,
        responses.record_key,
        responses.profile_id,
        profile_person.person_id,
        responses.event_at,
        responses.survey_id,
        responses.question_id,
        responses.score,
        responses.product_id,
        responses.campaign_id
    from responses
    left join profile_person on responses.profile_id = profile_person.profile_id
)

select * from final
