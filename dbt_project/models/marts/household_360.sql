with

households as (
    select * from {{ ref('dim_household') }}
),

members as (
    select * from {{ ref('dim_household_member') }}
    where is_current
),

ordered as (
    select * from {{ ref('int_people_ordered') }}
),

-- Who has moved out took their orders along: a person lives in one household at most, so nothing counts twice.
summed as (
    select
        members.household_id,
        count(*) filter (where ordered.order_count > 0) as customer_count,
        sum(ordered.order_count) as order_count,
        sum(ordered.recent_order_count) as recent_order_count,
        min(ordered.first_order_date) as first_order_date,
        max(ordered.last_order_date) as last_order_date,
        sum(ordered.net_revenue) as net_revenue,
        sum(ordered.recent_net_revenue) as recent_net_revenue
    from members
    inner join ordered on members.person_id = ordered.person_id
    group by members.household_id
),

final as (
    select
        households.household_id,
        households.country,
        households.postcode_area,
        households.is_current,
        households.member_count,
        households.minor_count,
        households.declared_household_size,
        greatest(households.member_count, households.declared_household_size) as household_size,
        households.minor_count > 0 as has_known_children,
        coalesce(summed.customer_count, 0) as customer_count,
        cast(coalesce(summed.order_count, 0) as bigint) as order_count,
        cast(coalesce(summed.recent_order_count, 0) as bigint) as recent_order_count,
        summed.first_order_date,
        summed.last_order_date,
        cast(coalesce(summed.net_revenue, 0) as decimal(18, 2)) as net_revenue,
        cast(coalesce(summed.recent_net_revenue, 0) as decimal(18, 2)) as recent_net_revenue,
        {{ base_currency() }} as currency,
        households.first_seen_at,
        households.last_seen_at
    from households
    left join summed on households.household_id = summed.household_id
)

select * from final
