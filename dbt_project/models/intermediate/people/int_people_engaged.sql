with

people as (
    select person_id
    from {{ ref('dim_person') }}
),

forms as (
    select
        person_id,
        count(*) as form_count,
        max(event_at) as last_form_at
    from {{ ref('fct_form_submissions') }}
    where person_id is not null
    group by person_id
),

web_events as (
    select
        person_id,
        count(*) as web_event_count,
        count(*) filter (where event_at >= {{ days_before_end(var('web_window_days')) }}) as recent_web_event_count,
        max(event_at) as last_web_event_at
    from {{ ref('fct_web_events') }}
    where person_id is not null
    group by person_id
),

tickets as (
    select
        person_id,
        count(*) as ticket_count,
        count(*) filter (where coalesce(ticket_status, '') <> 'closed') as open_ticket_count,
        cast(avg(satisfaction_score) as decimal(9, 2)) as average_satisfaction_score,
        arg_max(satisfaction_score, row(event_at, feed, record_key)) filter (
            where satisfaction_score is not null
        ) as last_satisfaction_score,
        max(event_at) as last_ticket_at
    from {{ ref('fct_support_tickets') }}
    where person_id is not null
    group by person_id
),

interactions as (
    select
        person_id,
        count(*) as interaction_count,
        max(event_at) as last_interaction_at,
        count(*) filter (where event_at >= {{ days_before_end(365) }}) as recent_interaction_count,
        cast(sum({{ contact_cost('interaction_type') }}) filter (
            where event_at >= {{ days_before_end(365) }}
        ) as decimal(18, 2)) as interaction_cost
    from {{ ref('fct_interactions') }}
    where person_id is not null
    group by person_id
),

responses as (
    select
        person_id,
        count(*) as survey_answer_count,
        cast(avg(score) as decimal(18, 2)) as average_survey_score,
        arg_max(score, row(event_at, feed, record_key)) filter (
            where question_id = '{{ var("recommend_question") }}' and score is not null
        ) as recommend_score,
        max(event_at) as last_survey_at
    from {{ ref('fct_survey_responses') }}
    where person_id is not null
    group by person_id
),

consents as (
    select
        person_id,
        max(event_at) as last_consent_at
    from {{ ref('fct_consents') }}
    where person_id is not null
    group by person_id
),

final as (
    select
        people.person_id,
        coalesce(forms.form_count, 0) as form_count,
        forms.last_form_at,
        coalesce(web_events.web_event_count, 0) as web_event_count,
        coalesce(web_events.recent_web_event_count, 0) as recent_web_event_count,
        web_events.last_web_event_at,
        coalesce(tickets.ticket_count, 0) as ticket_count,
        coalesce(tickets.open_ticket_count, 0) as open_ticket_count,
        tickets.average_satisfaction_score,
        tickets.last_satisfaction_score,
        tickets.last_ticket_at,
        coalesce(interactions.interaction_count, 0) as interaction_count,
        coalesce(interactions.recent_interaction_count, 0) as recent_interaction_count,
        coalesce(interactions.interaction_cost, 0) as interaction_cost,
        interactions.last_interaction_at,
        coalesce(responses.survey_answer_count, 0) as survey_answer_count,
        responses.average_survey_score,
        responses.recommend_score,
        responses.last_survey_at,
        consents.last_consent_at
    from people
    left join forms on people.person_id = forms.person_id
    left join web_events on people.person_id = web_events.person_id
    left join tickets on people.person_id = tickets.person_id
    left join interactions on people.person_id = interactions.person_id
    left join responses on people.person_id = responses.person_id
    left join consents on people.person_id = consents.person_id
)

select * from final
