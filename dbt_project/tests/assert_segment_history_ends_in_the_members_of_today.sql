-- Whoever is inside today has exactly one open stay, and nobody else has one.
with

inside as (
    select
        segment,
        person_id,
        account_id,
        count(*) as stay_count
    from {{ ref('segment_history') }}
    where left_date is null
    group by segment, person_id, account_id
),

segment_members as (
    select * from {{ ref('segment_members') }}
)

select
    coalesce(inside.segment, segment_members.segment) as segment,
    coalesce(inside.person_id, segment_members.person_id) as person_id,
    coalesce(inside.account_id, segment_members.account_id) as account_id
from inside
full outer join segment_members
    on
        inside.segment = segment_members.segment
        and inside.person_id is not distinct from segment_members.person_id
        and inside.account_id is not distinct from segment_members.account_id
where inside.stay_count is distinct from 1 or segment_members.segment is null
