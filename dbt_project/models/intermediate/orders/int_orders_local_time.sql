-- Apart from the money of an order, which does not wait for golden addresses.
with

orders as (
    select * from {{ ref('int_orders_summed') }}
    where sale_count > 0
),

people as (
    select * from {{ ref('int_people_placed') }}
),

offsets as (
    select * from {{ ref('int_offsets_dated') }}
),

final as (
    select
        orders.person_id,
        orders.sold_at + offsets.offset_minutes * interval 1 minute as local_sold_at
    from orders
    inner join people on orders.person_id = people.person_id
    inner join offsets
        on people.country = offsets.country and date_trunc('hour', orders.sold_at) = offsets.utc_hour
)

select * from final
