-- Everything about the orders of people starts here, so that the lines are read and grouped once.
with

order_lines as (
    select * from {{ ref('fct_order_lines') }}
    where person_id is not null
),

people as (
    select * from {{ ref('int_people_placed') }}
),

offsets as (
    select * from {{ ref('int_offsets_dated') }}
),

-- An order number is unique within its feed only. Two orders of one person with equal 64-bit hashes are not to be
-- expected before a million people order for a million years; grouping by the texts costs three times as much.
orders as (
    select
        person_id,
        hash(feed, order_id) as order_hash,
        bool_or(account_id is not null) as is_business,
        min(order_date) as order_date,
        min(event_at) filter (where not is_return) as sold_at,
        max(sales_channel) as sales_channel,
        count(*) filter (where not is_return) as sale_count,
        count(*) filter (where is_return) as return_count,
        coalesce(sum(base_amount) filter (where not is_return), 0) as gross_revenue,
        -coalesce(sum(base_amount) filter (where is_return), 0) as returned_amount,
        coalesce(sum(base_discount_amount) filter (where not is_return), 0) as discount_amount,
        bool_or(coupon_code is not null) as has_coupon
    from order_lines
    group by person_id, order_hash
),

final as (
    select
        orders.person_id,
        orders.is_business,
        orders.order_date,
        orders.sold_at + offsets.offset_minutes * interval 1 minute as local_sold_at,
        orders.sales_channel,
        cast(orders.sale_count as integer) as sale_count,
        cast(orders.return_count as integer) as return_count,
        cast(orders.gross_revenue as decimal(18, 2)) as gross_revenue,
        cast(orders.returned_amount as decimal(18, 2)) as returned_amount,
        cast(orders.discount_amount as decimal(18, 2)) as discount_amount,
        orders.has_coupon
    from orders
    left join people on orders.person_id = people.person_id
    left join offsets
        on people.country = offsets.country and date_trunc('hour', orders.sold_at) = offsets.utc_hour
)

select * from final
