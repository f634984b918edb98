with

versions as (
    {{ newest_versions('products') }}
),

final as (
    select
        feed,
        record_key,
        event_at,
        product_id,
        product_name,
        brand,
        department,
        category,
        product_type,
        list_price,
        upper(trim(currency)) as currency
    from versions
)

select * from final
