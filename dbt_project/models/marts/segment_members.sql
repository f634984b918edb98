{% set segments = env_var('STAMGAST_SEGMENTS').split(',') | select | list %}
{% set with_minors = var('segments_with_minors') %}

with

unlicensed as (
    select * from {{ ref('int_people_unlicensed') }}
),

-- Whatever columns a segment selects beside its id are the reason.
members as (
    {% for segment in segments %}
    select
        '{{ segment }}' as segment,
        {{ 'true' if segment in with_minors else 'false' }} as has_minors,
        to_json(member) as member
    from {{ ref(segment) }} as member
    {{ 'union all' if not loop.last }}
    {% else %}
    select
        cast(null as varchar) as segment,
        cast(null as boolean) as has_minors,
        cast(null as json) as member
    where false
    {% endfor %}
),

listed as (
    select
        segment,
        has_minors,
        case when member ->> 'person_id' is null then 'account' else 'person' end as member_type,
        cast(member ->> 'person_id' as bigint) as person_id,
        cast(member ->> 'account_id' as bigint) as account_id,
        cast(json_merge_patch(member, '{"person_id": null, "account_id": null}') as varchar) as reason
    from members
),

minors as (
    select person_id from {{ ref('dim_person') }}
    where is_minor
),

-- Segments are lists for marketing: who is under age is left out of them unless the segment says otherwise, and whom
-- only bought lists know, once no licence of theirs is in force.
final as (
    select
        listed.segment,
        listed.member_type,
        listed.person_id,
        listed.account_id,
        listed.reason
    from listed
    left join minors on listed.person_id = minors.person_id
    left join unlicensed on listed.person_id = unlicensed.person_id
    where
        (listed.has_minors or minors.person_id is null)
        and unlicensed.person_id is null
)

select * from final
