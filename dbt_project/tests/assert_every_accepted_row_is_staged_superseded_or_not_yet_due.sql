-- Invariant 2, from landing to staging: of the loads in use no row is dropped or doubled.
with

loads as (
    select
        load_number,
        kind,
        rows_accepted
    from {{ source('raw', 'loads') }}
    where is_read and coalesce(snapshot_date <= {{ as_of() }}, true)
    qualify snapshot_date is not distinct from max(snapshot_date) over (partition by feed)
),

accepted as (
    select
        kind,
        sum(rows_accepted) as row_count
    from loads
    group by kind
),

superseded as (
    select
        loads.kind,
        count(*) as row_count
    from {{ ref('int_rows_superseded') }} as rows_superseded
    inner join loads on rows_superseded.load_number = loads.load_number
    group by loads.kind
),

staged as (
    {% for kind in kinds().split(',') %}
    select
        '{{ kind }}' as kind,
        (select count(*) from {{ ref('stg_' ~ kind) }}) as row_count,
        (
            select count(*)
            from {{ raw_facts(kind) }} as facts
            where
                facts.event_at >= {{ end_of_as_of() }}
                and not exists (
                    select 1
                    from {{ ref('int_rows_superseded') }} as rows_superseded
                    where
                        facts.load_number = rows_superseded.load_number
                        and facts.row_number = rows_superseded.row_number
                )
        ) as later_row_count
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    staged.kind,
    coalesce(accepted.row_count, 0) as accepted_count,
    staged.row_count + staged.later_row_count + coalesce(superseded.row_count, 0) as accounted_count
from staged
left join accepted on staged.kind = accepted.kind
left join superseded on staged.kind = superseded.kind
where accepted_count <> accounted_count
