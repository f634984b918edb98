-- Joining people to facts neither drops nor doubles a row.
{% set kinds = {
    'sales': 'fct_order_lines',
    'newsletter_events': 'fct_newsletter_events',
    'form_submissions': 'fct_form_submissions',
    'web_events': 'fct_web_events',
    'support_tickets': 'fct_support_tickets',
    'interactions': 'fct_interactions',
    'survey_responses': 'fct_survey_responses',
    'consents': 'fct_consents',
    'list_prospects': 'fct_list_prospects',
} %}

{% for kind, fact in kinds.items() %}
select
    '{{ fact }}' as fact,
    (select count(*) from {{ ref('stg_' ~ kind) }}) as staged_count,
    (select count(*) from {{ ref(fact) }}) as fact_count
where staged_count <> fact_count
{{ 'union all' if not loop.last }}
{% endfor %}
