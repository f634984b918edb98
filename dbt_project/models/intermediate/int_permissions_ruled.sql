{{ config(materialized='view') }}

-- What stands against each thing that speaks for a contact, in the order of an audience export.
with

granted as (
    select * from {{ ref('int_permissions_granted') }}
),

blocked as (
    select * from {{ ref('int_permissions_blocked') }}
),

underage as (
    select * from {{ ref('int_people_underage') }}
),

blocks as (
    select
        contact_point_id,
        person_id,
        purpose,
        channel,
        max(blocks_until) filter (where not is_listed) as refused_until,
        max(blocks_until) filter (where is_listed) as listed_until,
        any_value(event) filter (where not is_listed) as refusal,
        any_value(event) filter (where is_listed) as listing
    from blocked
    group by contact_point_id, person_id, purpose, channel
),

met as (
    select
        granted.*,
        underage.person_id is not null as is_underage,
        greatest(on_point.refused_until, on_person.refused_until) >= granted.granted_at or (
            coalesce(on_point.refused_until, on_person.refused_until) is not null and not granted.is_act
        ) as is_refused,
        greatest(on_point.listed_until, on_person.listed_until) >= granted.granted_at or (
            coalesce(on_point.listed_until, on_person.listed_until) is not null and not granted.is_act
        ) as is_listed,
        if(
            on_person.refused_until is null or on_point.refused_until >= on_person.refused_until,
            on_point.refusal,
            on_person.refusal
        ) as refusal,
        if(
            on_person.listed_until is null or on_point.listed_until >= on_person.listed_until,
            on_point.listing,
            on_person.listing
        ) as listing
    from granted
    left join underage on granted.person_id = underage.person_id
    left join blocks as on_point
        on
            granted.contact_point_id = on_point.contact_point_id
            and granted.purpose = on_point.purpose
            and granted.channel = on_point.channel
    left join blocks as on_person
        on
            granted.person_id = on_person.person_id
            and granted.purpose = on_person.purpose
            and granted.channel = on_person.channel
),

final as (
    select
        *,
        case
            when country_objection is not null then country_objection
            when is_underage and is_marketing then 'below_age'
            when is_refused
                then case refusal.event_type
                    when 'objection' then 'objected' when 'complaint' then 'complained' else 'withdrawn'
                end
            when not is_own then 'not_own'
            when is_listed
                then case
                    when listing.event_type = 'bounce' then 'undeliverable'
                    when listing.suppression_reason = 'deceased' then 'deceased'
                    else 'suppressed'
                end
            when licence_objection is not null then licence_objection
            else basis
        end as rule
    from met
)

select * from final
