-- The people of each published version, and the events of their ids. Placeholders: `before` is the history of the last
-- published version, `version` and `as_of` are of the version being built.

create or replace table identity.profile_person_history as
with before as (
    select * from {before}
),

standing as (
    select * from before where to_version is null
),

present as (
    select profile_id, person_id from identity.profile_person
),

followed as (
    select
        coalesce(present.profile_id, standing.profile_id) as profile_id,
        coalesce(present.person_id, standing.person_id) as person_id,
        coalesce(standing.valid_from, date '{as_of}') as valid_from,
        case when present.profile_id is null then date '{as_of}' end as valid_to,
        coalesce(standing.from_version, {version}) as from_version,
        case when present.profile_id is null then {version}::bigint end as to_version
    from standing
    full outer join present
        on standing.profile_id = present.profile_id and standing.person_id = present.person_id
)

select profile_id, person_id, valid_from, valid_to, from_version, to_version
from before
where to_version is not null
union all
select * from followed
order by profile_id, from_version;

-- Derived from the history alone, so that there is one record of the past.
create or replace table identity.person_events as
with opened as (
    select profile_id, person_id, from_version as version, valid_from as event_date
    from identity.profile_person_history
),

closed as (
    select profile_id, person_id, to_version as version, valid_to as event_date
    from identity.profile_person_history
    where to_version is not null
),

-- One row per profile whose person changed with a version; null: it had, or has now, no person.
changes as (
    select
        coalesce(opened.profile_id, closed.profile_id) as profile_id,
        coalesce(opened.version, closed.version) as version,
        coalesce(opened.event_date, closed.event_date) as event_date,
        closed.person_id as was,
        opened.person_id as became
    from opened
    full outer join closed on opened.profile_id = closed.profile_id and opened.version = closed.version
),

-- Profiles that went from one person to another.
moves as (
    select version, event_date, was, became, count(*) as profile_count, min(profile_id) as first_profile_id
    from changes
    where was is not null and became is not null
    group by version, event_date, was, became
),

-- A person lasts as long as the first profile is active and theirs.
ended as (
    select
        changes.version,
        changes.event_date,
        changes.was as person_id,
        case when changes.became is null then 'retired' else 'merged' end as event,
        coalesce(changes.became, arg_min(moves.became, moves.first_profile_id)) as other_person_id
    from changes
    left join moves on changes.version = moves.version and changes.was = moves.was
    where changes.was = changes.profile_id
    group by changes.version, changes.event_date, changes.was, changes.became
),

inactive as (
    select version, was, count(*) as profile_count
    from changes
    where became is null
    group by version, was
),

begun as (
    select version, event_date, became, count(*) as profile_count, any_value(was) filter (where profile_id = became) as was
    from changes
    where became is not null
    group by version, event_date, became
    having bool_or(profile_id = became)
),

events as (
    select
        begun.became as person_id,
        'created' as event,
        ended.person_id as other_person_id,
        begun.profile_count,
        begun.event_date,
        begun.version
    from begun
    left join ended
        on begun.version = ended.version and begun.became = ended.other_person_id
        and begun.was = ended.person_id and ended.event = 'retired'
    where begun.was is null or ended.person_id is not null
    union all
    select
        moves.became, 'split', moves.was, moves.profile_count, moves.event_date, moves.version
    from moves
    left join ended
        on moves.version = ended.version and moves.was = ended.person_id and moves.became = ended.other_person_id
    where ended.person_id is null
    union all
    select
        ended.person_id,
        ended.event,
        ended.other_person_id,
        coalesce(moves.profile_count, inactive.profile_count),
        ended.event_date,
        ended.version
    from ended
    left join moves
        on ended.event = 'merged'
        and ended.version = moves.version and ended.person_id = moves.was and ended.other_person_id = moves.became
    left join inactive
        on ended.event = 'retired' and ended.version = inactive.version and ended.person_id = inactive.was
)

select person_id, event, other_person_id, profile_count, event_date, version
from events
order by version, person_id, event, other_person_id;
