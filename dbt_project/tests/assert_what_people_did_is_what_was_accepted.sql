-- Invariant 2, over people: each order, return, ticket, form, answer, meeting, visit and message counts once, with the
-- person it belongs to, however people were merged and split.
{% set counted = {
    'fct_form_submissions': 'form_count', 'fct_web_events': 'web_event_count', 'fct_support_tickets': 'ticket_count',
    'fct_interactions': 'interaction_count', 'fct_survey_responses': 'survey_answer_count',
} %}
{% set facts = [
    'fct_order_lines', 'fct_newsletter_events', 'fct_form_submissions', 'fct_web_events', 'fct_support_tickets',
    'fct_interactions', 'fct_survey_responses', 'fct_consents', 'fct_list_prospects',
] %}

with

orders as (
    select
        person_id,
        bool_or(not is_return) as is_sold
    from {{ ref('fct_order_lines') }}
    where person_id is not null
    group by person_id, feed, order_id
),

compared as (
    {% for fact, column in counted.items() %}
    select
        '{{ column }}' as figure,
        (
            select count(*) from {{ ref(fact) }}
            where person_id is not null
        ) as accepted,
        (select sum({{ column }}) from {{ ref('customer_360') }}) as of_people
    union all
    {% endfor %}
    {% for days in var('newsletter_windows') %}
    select
        'newsletter_send_count_{{ days }}d' as figure,
        (
            select count(*)
            from {{ ref('fct_newsletter_events') }}
            where person_id is not null and event_type = 'send' and event_at >= {{ days_before_end(days) }}
        ) as accepted,
        (select sum(newsletter_send_count_{{ days }}d) from {{ ref('customer_360') }}) as of_people
    union all
    {% endfor %}
    select
        'order_count' as figure,
        (
            select count(*) from orders
            where is_sold
        ) as accepted,
        (select sum(private_order_count + business_order_count) from {{ ref('customer_360') }}) as of_people
    union all
    select
        'return_count' as figure,
        (
            select count(*) from {{ ref('fct_order_lines') }}
            where person_id is not null and is_return
        ) as accepted,
        (select sum(return_count) from {{ ref('customer_360') }}) as of_people
    union all
    select
        'person_timeline' as figure,
        {% for fact in facts %}
        (
            select count(*) from {{ ref(fact) }}
            where person_id is not null
        ){{ ' +' if not loop.last }}
        {% endfor %}
            as accepted,
        (select count(*) from {{ ref('person_timeline') }}) as of_people
)

select
    figure,
    accepted,
    coalesce(of_people, 0) as of_people
from compared
where accepted <> coalesce(of_people, 0)
