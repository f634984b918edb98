-- Offsets by the hour: a conversion for each order would cost more than all other figures of its buyer.
with

order_hours as (
    select distinct date_trunc('hour', event_at) as utc_hour
    from {{ ref('fct_order_lines') }}
    where not is_return and person_id is not null
),

countries as (
    select distinct country
    from {{ ref('int_people_placed') }}
    where country is not null
),

time_zones as (
    select
        country,
        time_zone
    from {{ ref('time_zones') }}
),

final as (
    select
        countries.country,
        order_hours.utc_hour,
        cast(
            date_diff(
                'minute', order_hours.utc_hour, timezone(time_zones.time_zone, timezone('UTC', order_hours.utc_hour))
            ) as integer
        ) as offset_minutes
    from countries
    inner join time_zones on countries.country = time_zones.country
    cross join order_hours
)

select * from final
