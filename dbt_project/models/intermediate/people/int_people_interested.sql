{% set is_bought = "order_count > 0" %}
{% set is_viewed = "recent_view_count > 0" %}
{% set is_wished -%}
last_wish_at >= {{ days_before_end(var('wish_window_days')) }}
            and coalesce(last_order_date < cast(last_wish_at as date), true)
{%- endset %}
{% set is_abandoned -%}
last_basket_at >= {{ days_before_end(var('basket_window_days')) }}
            and last_basket_at < {{ days_before_end(1) }}
            and coalesce(last_order_date < cast(last_basket_at as date), true)
{%- endset %}

with

person_products as (
    select * from {{ ref('person_products') }}
),

products as (
    select
        product_id,
        category
    from {{ ref('dim_product') }}
),

by_product as (
    select
        person_id,
        arg_max(product_id, row(order_count, quantity, product_id), 3) filter (
            where {{ is_bought }}
        ) as usual_product_ids,
        count(*) filter (where {{ is_viewed }}) as viewed_product_count,
        count(*) filter (
            where {{ is_wished }}
        ) as wish_product_count,
        arg_max(product_id, row(last_wish_at, product_id), 3) filter (
            where {{ is_wished }}
        ) as wished_product_ids,
        count(*) filter (
            where {{ is_abandoned }}
        ) as abandoned_product_count,
        arg_max(product_id, row(last_basket_at, product_id), 3) filter (
            where {{ is_abandoned }}
        ) as abandoned_product_ids,
        max(last_basket_at) filter (
            where {{ is_abandoned }}
        ) as last_abandoned_basket_at
    from person_products
    group by person_id
),

categories as (
    select
        person_products.person_id,
        products.category,
        sum(person_products.order_count) as order_count,
        sum(person_products.recent_view_count) as recent_view_count
    from person_products
    inner join products on person_products.product_id = products.product_id
    where products.category is not null and (person_products.{{ is_bought }} or person_products.{{ is_viewed }})
    group by person_products.person_id, products.category
),

by_category as (
    select
        person_id,
        arg_max(category, row(order_count, category), 3) filter (where {{ is_bought }}) as usual_categories,
        arg_max(category, row(recent_view_count, category), 3) filter (where {{ is_viewed }}) as viewed_categories
    from categories
    group by person_id
),

final as (
    select
        by_product.*,
        by_category.usual_categories,
        by_category.viewed_categories
    from by_product
    left join by_category on by_product.person_id = by_category.person_id
)

select * from final
