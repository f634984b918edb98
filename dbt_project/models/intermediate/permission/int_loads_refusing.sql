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

refusing_rows as (
    select
        load_number,
        row_number
    from {{ source('raw', 'refusals') }}
),

owned as (
    select * from {{ ref('int_refusals_owned') }}
),

profile_points as (
    select * from {{ ref('int_profile_points') }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
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

-- Of whom nothing but refusals was ever said is a stranger: their rows alone made the record.
met as (
    select facts.profile_id
    from facts
    anti join refusing_rows
        on facts.load_number = refusing_rows.load_number and facts.row_number = refusing_rows.row_number
),

strangers as (
    select distinct owned.profile_id
    from owned
    anti join met on owned.profile_id = met.profile_id
),

placed as (
    select distinct refusal_points.refusal_id
    from refusal_points
    inner join profile_points on refusal_points.contact_point_id = profile_points.contact_point_id
    -- An entry of a list is a profile of nobody.
    semi join profile_person on profile_points.profile_id = profile_person.profile_id
    anti join strangers on profile_points.profile_id = strangers.profile_id
),

reached as (
    select distinct reaching.refusal_id
    from reaching
    inner join profile_person on reaching.person_id = profile_person.person_id
    anti join strangers on profile_person.profile_id = strangers.profile_id
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
