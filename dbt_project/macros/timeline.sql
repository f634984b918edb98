-- Every event of people or of companies, of any kind, one row each: what a kind lacks is empty.
--
-- Of each fact: the type of its events, what they are about, what came of it, and the channel.
{% macro timeline(member) -%}
{%- set facts = {
    'fct_order_lines': {
        'type': "case when is_return then 'return' else 'sale' end", 'subject': 'order_id', 'detail': 'coupon_code',
        'channel': 'sales_channel', 'has': ['account_id', 'product_id', 'campaign_id', 'quantity', 'base_amount'],
    },
    'fct_newsletter_events': {
        'type': "'newsletter_' || coalesce(event_type, 'unknown')", 'subject': 'newsletter', 'detail': 'link_url', 'channel': "'email'",
        'has': ['campaign_id'],
    },
    'fct_form_submissions': {
        'type': "'form'", 'subject': 'form_type', 'detail': 'landing_page', 'channel': 'source_code',
        'has': ['account_id', 'product_id', 'campaign_id'],
    },
    'fct_web_events': {
        'type': "'web_' || coalesce(event_type, 'unknown')", 'subject': 'page_url', 'detail': 'referrer', 'channel': "'web'",
        'has': ['product_id', 'campaign_id'],
    },
    'fct_support_tickets': {
        'type': "'ticket'", 'subject': 'category', 'detail': 'ticket_status', 'channel': 'contact_channel',
        'has': ['account_id', 'product_id'],
    },
    'fct_interactions': {
        'type': "'interaction'", 'subject': 'interaction_type', 'detail': "concat_ws(', ', place, sales_rep, outcome)",
        'channel': 'interaction_type', 'has': ['account_id', 'product_id'],
    },
    'fct_survey_responses': {
        'type': "'survey'", 'subject': 'survey_id',
        'detail': "concat_ws(' ', question_id, cast(cast(score as double) as varchar))",
        'channel': 'cast(null as varchar)', 'has': ['product_id', 'campaign_id'],
    },
    'fct_consents': {
        'type': "'consent_' || coalesce(consent_action, 'unknown')", 'subject': 'purpose', 'detail': 'wording_version',
        'channel': 'channel', 'has': [],
    },
    'fct_list_prospects': {
        'type': "'listed'", 'subject': 'list_name', 'detail': 'prospect_segment',
        'channel': 'cast(null as varchar)', 'has': ['account_id'],
    },
} -%}
{%- set types = {
    'account_id': 'bigint', 'product_id': 'varchar', 'campaign_id': 'varchar', 'quantity': 'decimal(18, 6)',
    'base_amount': 'decimal(18, 2)',
} -%}
{%- for model, event in facts.items() if member == 'person_id' or member in event.has %}
{{ 'union all' if not loop.first }}
select
    person_id,
    {{ 'account_id' if 'account_id' in event.has else 'cast(null as bigint) as account_id' }},
    event_at,
    {{ event.type }} as event_type,
    {{ event.subject }} as subject,
    {{ event.detail }} as detail,
    {{ event.channel }} as channel,
    {% for column, type in types.items() if column != 'account_id' -%}
    {{ column if column in event.has else 'cast(null as ' ~ type ~ ') as ' ~ column }},
    {% endfor -%}
    feed,
    record_key,
    profile_id
from {{ local_ref(model) }}
where {{ member }} is not null
{% endfor %}
{%- endmacro %}
