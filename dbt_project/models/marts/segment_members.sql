{% set segments = env_var('STAMGAST_SEGMENTS').split(',') | select | list %}

with

-- Whatever columns a segment selects beside its id are the reason.
members as (
    {% for segment in segments %}
    select
        '{{ segment }}' as segment,
        to_json(member) as member
    from {{ ref(segment) }} as member
    {{ 'union all' if not loop.last }}
    {% else %}
    select
        cast(null as varchar) as segment,
        cast(null as json) as member
    where false
    {% endfor %}
),

final as (
    select
        segment,
        case when member ->> 'person_id' is null then 'account' else 'person' end as member_type,
        cast(member ->> 'person_id' as bigint) as person_id,
        cast(member ->> 'account_id' as bigint) as account_id,
        cast(json_merge_patch(member, '{"person_id": null, "account_id": null}') as varchar) as reason
    from members
)

select * from final
