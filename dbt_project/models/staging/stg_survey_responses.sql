with

versions as (
    {{ newest_versions('survey_responses') }}
),

final as (
    select
        feed,
        record_key,
        profile_id,
        event_at,
        survey_id,
        question_id,
        score,
        product_id,
        campaign_id
    from versions
)

select * from final
