-- What must be known of refusals, by load: whom a word that nobody explained stops, and who is not found.
with

refusals as (
    select * from {{ ref('int_refusals_understood') }}
),

refusal_points as (
    select * from {{ ref('int_refusals_placed') }}
),

reaching as (
    select * from {{ ref('int_refusals_reaching') }}
),

final as (
    select
        refusals.load_number,
        count(*) as refusals_standing_count,
        count(*) filter (where refusals.event_type = 'suspension') as refusals_suspending_count,
        count(*) filter (where refusals.is_purpose_unknown) as purposes_unknown_count,
        count(*) filter (where refusals.is_channel_unknown) as channels_unknown_count,
        count(*) filter (where refusals.is_date_unreadable) as dates_unreadable_count,
        count(*) filter (where points.refusal_id is null and people.refusal_id is null) as refusals_unmet_count
    from refusals
    left join (select distinct refusal_id from refusal_points) as points on refusals.refusal_id = points.refusal_id
    left join (select distinct refusal_id from reaching) as people on refusals.refusal_id = people.refusal_id
    group by refusals.load_number
)

select * from final
