{{ config(materialized='view') }}

{% set events = [
    ('fct_order_lines', "case when is_return then 'return' else 'sale' end", 'order_id'),
    ('fct_newsletter_events', "'newsletter_' || event_type", 'newsletter'),
    ('fct_form_submissions', "'form'", 'form_type'),
    ('fct_web_events', "'web_' || event_type", 'page_url'),
    ('fct_support_tickets', "'ticket'", 'category'),
    ('fct_interactions', "'interaction'", 'interaction_type'),
    ('fct_survey_responses', "'survey'", 'survey_id'),
    ('fct_consents', "'consent_' || consent_action", 'purpose'),
    ('fct_list_prospects', "'listed'", 'list_name'),
] %}
{% set with_product = [
    'fct_order_lines', 'fct_form_submissions', 'fct_web_events', 'fct_support_tickets', 'fct_interactions',
    'fct_survey_responses',
] %}
{% set with_campaign = [
    'fct_order_lines', 'fct_newsletter_events', 'fct_form_submissions', 'fct_web_events', 'fct_survey_responses',
] %}

{% for model, event_type, subject in events %}
select
    person_id,
    event_at,
    {{ event_type }} as event_type,
    {{ subject }} as subject,
    {{ 'product_id' if model in with_product else 'cast(null as varchar)' }} as product_id,
    {{ 'campaign_id' if model in with_campaign else 'cast(null as varchar)' }} as campaign_id,
    {{ 'base_amount' if model == 'fct_order_lines' else 'cast(null as decimal(18, 2))' }} as base_amount,
    feed,
    record_key,
    profile_id
from {{ local_ref(model) }}
where person_id is not null
{{ 'union all' if not loop.last }}
{% endfor %}
