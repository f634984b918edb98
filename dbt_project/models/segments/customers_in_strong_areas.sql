-- Customers who live in the tenth of postcode areas that brings most revenue; areas of few people are left out.
with areas as (
    select
        country,
        postcode_area,
        count(*) as area_customer_count,
        cast(sum(net_revenue) as decimal(18, 2)) as area_net_revenue,
        percent_rank() over (order by sum(net_revenue)) as area_rank
    from {{ ref('customer_360') }}
    where order_count > 0 and postcode_area is not null
    group by country, postcode_area
    having count(*) >= {{ var('small_group_size') }}
)

select
    people.person_id,
    people.postcode_area,
    areas.area_customer_count,
    areas.area_net_revenue
from {{ ref('customer_360') }} as people
inner join areas on people.country is not distinct from areas.country and people.postcode_area = areas.postcode_area
where people.order_count > 0 and areas.area_rank >= 0.9
