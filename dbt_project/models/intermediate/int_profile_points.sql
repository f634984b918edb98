-- The number of a contact point is that of the first profile that bears it, followed by 1 (e-mail), 2 (telephone) or
-- 3 (postal address): a pure function of the records that says nothing of the value.
-- Countries whose postcode is part of one street; as in identity/rules.yml.
{% set telling_postcodes %}('NL', 'GB', 'IE', 'CA', 'PT', 'BR', 'JP', 'SG'){% endset %}

with

profiles_seen as (
    select * from {{ ref('int_profiles_seen') }}
),

bad_values as (
    select * from {{ source('customers_identity', 'bad_values') }}
),

given as (
    select
        profile_id,
        1 as point_type,
        email_clean as value
    from profiles_seen
    where email_clean is not null
    union all
    select
        profile_id,
        2 as point_type,
        phone_clean as value
    from profiles_seen
    where phone_clean is not null
    union all
    select
        profile_id,
        3 as point_type,
        lower(strip_accents(concat_ws(
            '|',
            country_clean,
            coalesce(postcode_clean, city_clean),
            house_number_clean,
            case
                when
                    coalesce(country_clean not in {{ telling_postcodes }}, true)
                    or postcode_clean is null
                    or house_number_clean is null
                    then regexp_replace(street_clean, '[^\pL\pN]', '', 'g')
            end
        ))) as value
    from profiles_seen
    where
        coalesce(postcode_clean, city_clean) is not null
        and (street_clean is not null or (postcode_clean is not null and house_number_clean is not null))
),

points as (
    select
        point_type,
        value,
        min(profile_id) * 10 + point_type as contact_point_id
    from given
    group by point_type, value
),

final as (
    select
        given.profile_id,
        points.contact_point_id,
        case given.point_type when 1 then 'email' when 2 then 'phone' else 'address' end as contact_point_type,
        -- A placeholder or a switchboard is nobody's own contact point; a staircase of many doors is an address.
        bad_values.value is null as is_own
    from given
    inner join points on given.point_type = points.point_type and given.value = points.value
    left join bad_values
        on
            bad_values.field = case given.point_type when 1 then 'email' when 2 then 'phone' end
            and given.value = bad_values.value
)

select * from final
