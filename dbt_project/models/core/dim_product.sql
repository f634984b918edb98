with

products as (
    select * from {{ ref('stg_products') }}
),

order_lines as (
    select * from {{ ref('fct_order_lines') }}
),

-- Two catalogues may hold one product: the newest entry counts.
catalogue as (
    select * from products
    qualify row_number() over (partition by product_id order by event_at desc, feed, record_key) = 1
),

sold as (
    select distinct product_id
    from order_lines
    where product_id is not null
),

final as (
    select
        product_id,
        catalogue.product_name,
        catalogue.brand,
        catalogue.department,
        catalogue.category,
        catalogue.product_type,
        catalogue.list_price,
        catalogue.currency,
        catalogue.product_id is not null as is_in_catalogue
    from catalogue
    full outer join sold using (product_id)
)

select * from final
