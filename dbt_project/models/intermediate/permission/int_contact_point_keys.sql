-- The forms under which a refusal may name a contact point.
with

profile_points as (
    select * from {{ ref('int_profile_points') }}
),

-- All who bear a point bear one value.
points as (
    select
        contact_point_id,
        contact_point_type,
        any_value(value) as value
    from profile_points
    group by contact_point_id, contact_point_type
),

-- Those who bear an address by its postcode may write its town in several ways.
addresses as (
    select
        contact_point_id,
        '' as prefix,
        value
    from points
    where contact_point_type = 'address'
    union all
    select distinct
        contact_point_id,
        'town|' as prefix,
        value_by_town as value
    from profile_points
    where value_by_town is not null
),

-- What names no country may be in any: a refusal (?), or the point itself (??).
address_keys as (
    select
        contact_point_id,
        prefix || value as point_key
    from addresses
    union all
    select
        contact_point_id,
        prefix || '?|' || if(value[3] = '|', substring(value, 4), value) as point_key
    from addresses
    union all
    select
        contact_point_id,
        prefix || '??|' || value as point_key
    from addresses
    where value[3] <> '|'
),

final as (
    select
        contact_point_id,
        contact_point_type,
        unnest({{ email_keys('value') }}) as point_key
    from points
    where contact_point_type = 'email'
    union all
    select
        contact_point_id,
        contact_point_type,
        unnest(list_distinct({{ phone_keys('value') }})) as point_key
    from points
    where contact_point_type = 'phone'
    union all
    select
        contact_point_id,
        'address' as contact_point_type,
        unnest({{ loose_addresses('point_key') }}) as point_key
    from address_keys
)

select * from final
