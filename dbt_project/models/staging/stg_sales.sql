with

versions as (
    {{ newest_versions('sales') }}
),

final as (
    select
        feed,
        record_key,
        profile_id,
        event_at,
        order_id,
        line_number,
        line_type,
        product_id,
        quantity,
        unit_price,
        discount_amount,
        amount,
        coalesce(upper(trim(currency)), {{ base_currency() }}) as currency,
        sales_channel,
        store_id,
        coupon_code,
        campaign_id
    from versions
)

select * from final
