-- Everything about the orders of people starts here, so that the lines are read and grouped once.
with

order_lines as (
    select * from {{ ref('fct_order_lines') }}
    where person_id is not null
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
        person_id,
        is_business,
        order_date,
        sold_at,
        sales_channel,
        cast(sale_count as integer) as sale_count,
        cast(return_count as integer) as return_count,
        cast(gross_revenue as decimal(18, 2)) as gross_revenue,
        cast(returned_amount as decimal(18, 2)) as returned_amount,
        cast(discount_amount as decimal(18, 2)) as discount_amount,
        has_coupon
    from orders
)

select * from final
