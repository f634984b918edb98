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

placed as (
    select distinct refusal_id from refusal_points
),

reached as (
    select distinct refusal_id from reaching
),

final as (
    select
        refusals.load_number,
        count(*) as refusals_standing_count,
        count(*) filter (where refusals.event_type = 'suspension') as refusals_suspending_count,
        count(*) filter (where refusals.is_purpose_unknown) as purposes_unknown_count,
        count(*) filter (where refusals.is_channel_unknown) as channels_unknown_count,
        count(*) filter (where refusals.is_date_unreadable) as dates_unreadable_count,
        count(*) filter (where placed.refusal_id is null and reached.refusal_id is null) as refusals_unmet_count
    from refusals
    left join placed on refusals.refusal_id = placed.refusal_id
    left join reached on refusals.refusal_id = reached.refusal_id
    group by refusals.load_number
)

select * from final
