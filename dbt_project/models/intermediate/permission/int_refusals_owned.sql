-- The record that refused itself, where its row became a fact.
with

refusals as (
    select
        refusal_id,
        load_number,
        row_number
    from {{ ref('int_refusals_understood') }}
    where kind <> 'suppressions'
),

facts as (
    {% for kind in ['consents', 'newsletter_events'] %}
    select
        load_number,
        row_number,
        profile_id
    from {{ raw_facts_of_every_snapshot(kind) }}
    where profile_id is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (
    select
        refusals.refusal_id,
        facts.profile_id
    from refusals
    inner join facts on refusals.load_number = facts.load_number and refusals.row_number = facts.row_number
)

select * from final
