{{ config(materialized='amended') }}
{{ facts_of_people('newsletter_events', ['event_type', 'newsletter', 'campaign_id', 'link_url']) }}
