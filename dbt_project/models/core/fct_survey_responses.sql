with

survey_responses as (
    select * from {{ ref('stg_survey_responses') }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
),

final as (
    select
        survey_responses.feed,
        survey_responses.record_key,
        survey_responses.profile_id,
        profile_person.person_id,
        survey_responses.event_at,
        survey_responses.survey_id,
        survey_responses.question_id,
        survey_responses.score,
        survey_responses.product_id,
        survey_responses.campaign_id
    from survey_responses
    left join profile_person on survey_responses.profile_id = profile_person.profile_id
)

select * from final
