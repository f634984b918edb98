{{ config(materialized='amended') }}
with

sales as (
    select * from {{ ref('stg_sales') }}
),

rates as (
    select * from {{ ref('int_rates_dated') }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
),

profile_account as (
    select * from {{ source('identity', 'profile_account') }}
),

final as (
    select
        sales.feed,
        sales.record_key,
        sales.profile_id,
        profile_person.person_id,
        profile_account.account_id,
        sales.event_at,
        cast(sales.event_at as date) as order_date,
        sales.order_id,
        sales.line_number,
        sales.line_type = 'return' as is_return,
        sales.product_id,
        sales.quantity,
        sales.unit_price,
        sales.discount_amount,
        sales.amount,
        sales.currency,
        -- Only foreign amounts are divided: the others stay exact.
        case
            when rates.rate = 1 then sales.amount
            else cast(round(sales.amount / rates.rate, 2) as decimal(18, 2))
        end as base_amount,
        case
            when rates.rate = 1 then sales.discount_amount
            else cast(round(sales.discount_amount / rates.rate, 2) as decimal(18, 2))
        end as base_discount_amount,
        sales.sales_channel,
        sales.store_id,
        sales.coupon_code,
        sales.campaign_id
    from sales
    left join rates on sales.currency = rates.currency and cast(sales.event_at as date) = rates.order_date
    left join profile_person on sales.profile_id = profile_person.profile_id
    left join profile_account on sales.profile_id = profile_account.profile_id
)

select * from final
