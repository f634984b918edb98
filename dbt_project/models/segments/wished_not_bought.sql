-- People who put a product on their wish list within the last half year and have not bought it.
select
    person_id,
    arg_max(product_id, row(last_wish_at, product_id), 5) as wished_product_ids,
    max(last_wish_at) as last_wish_at
from {{ ref('person_products') }}
where order_count = 0 and last_wish_at >= {{ days_before_end(182) }}
group by person_id
