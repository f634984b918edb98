with

people as (
    select * from {{ ref('dim_person') }}
),

ordered as (
    select * from {{ ref('int_people_ordered') }}
),

mailed as (
    select * from {{ ref('int_people_mailed') }}
),

engaged as (
    select * from {{ ref('int_people_engaged') }}
),

person_products as (
    select * from {{ ref('person_products') }}
),

-- percent_rank gives equal people equal scores (ntile does not), and one-time buyers the lowest frequency.
scored as (
    select
        person_id,
        {{ score_of_five('last_order_date') }} as recency_score,
        {{ score_of_five('order_count') }} as frequency_score,
        {{ score_of_five('net_revenue') }} as monetary_score
    from ordered
    where order_count > 0
),

usual_products as (
    select
        person_id,
        arg_max(product_id, row(order_count, quantity, product_id), 3) as usual_product_ids
    from person_products
    where order_count > 0
    group by person_id
),

final as (
    select
        people.person_id,
        people.household_id,
        people.account_id,
        people.gender,
        people.birth_year,
        people.age,
        people.postcode_area,
        people.country,
        people.language,
        people.occupation,
        people.income_band,
        people.declared_household_size,
        people.marital_status,
        people.interests,
        people.has_customer_number,
        people.has_email,
        people.has_phone,
        people.has_address,
        people.is_known_from_bought_lists_only,
        people.profile_count,
        people.first_seen_at,
        people.last_seen_at,

        case
            when coalesce(ordered.order_count, 0) = 0 then 'prospect'
            when ordered.days_since_last_order > {{ var('lost_after_days') }} then 'lost'
            when ordered.days_since_last_order > {{ var('lapsed_after_days') }} then 'lapsed'
            when ordered.order_count = 1 then 'first_time'
            when ordered.recent_order_count >= {{ var('loyal_order_count') }} then 'loyal'
            else 'active'
        end as lifecycle,
        scored.recency_score,
        scored.frequency_score,
        scored.monetary_score,

        coalesce(ordered.order_count, 0) as order_count,
        coalesce(ordered.recent_order_count, 0) as recent_order_count,
        coalesce(ordered.coupon_order_count, 0) as coupon_order_count,
        ordered.first_order_date,
        ordered.last_order_date,
        ordered.days_since_last_order,
        ordered.average_days_between_orders,
        coalesce(ordered.sale_line_count, 0) as sale_line_count,
        coalesce(ordered.return_count, 0) as return_count,
        coalesce(ordered.gross_revenue, 0) as gross_revenue,
        coalesce(ordered.returned_amount, 0) as returned_amount,
        coalesce(ordered.net_revenue, 0) as net_revenue,
        coalesce(ordered.recent_net_revenue, 0) as recent_net_revenue,
        {{ base_currency() }} as currency,
        ordered.average_basket_amount,
        ordered.return_share,
        ordered.usual_sales_channel,
        usual_products.usual_product_ids,

        coalesce(mailed.newsletter_subscription_count, 0) as newsletter_subscription_count,
        coalesce(mailed.newsletter_send_count, 0) as newsletter_send_count,
        coalesce(mailed.recent_newsletter_send_count, 0) as recent_newsletter_send_count,
        coalesce(mailed.recent_newsletter_open_count, 0) as recent_newsletter_open_count,
        coalesce(mailed.recent_newsletter_click_count, 0) as recent_newsletter_click_count,
        coalesce(mailed.recent_newsletter_bounce_count, 0) as recent_newsletter_bounce_count,
        mailed.recent_newsletter_open_share,
        mailed.recent_newsletter_click_share,
        mailed.last_newsletter_send_at,
        mailed.last_newsletter_open_at,
        mailed.last_newsletter_click_at,

        engaged.form_count,
        engaged.last_form_at,
        engaged.web_event_count,
        engaged.recent_web_event_count,
        engaged.wish_product_count,
        engaged.last_web_event_at,
        engaged.ticket_count,
        engaged.open_ticket_count,
        engaged.average_satisfaction_score,
        engaged.last_ticket_at,
        engaged.interaction_count,
        engaged.last_interaction_at,
        engaged.survey_answer_count,
        engaged.average_survey_score,
        engaged.last_survey_at,
        greatest(
            cast(ordered.last_order_date as timestamp),
            mailed.last_newsletter_response_at,
            engaged.last_form_at,
            engaged.last_web_event_at,
            engaged.last_ticket_at,
            engaged.last_interaction_at,
            engaged.last_survey_at,
            engaged.last_consent_at
        ) as last_contact_at
    from people
    left join ordered on people.person_id = ordered.person_id
    left join scored on people.person_id = scored.person_id
    left join usual_products on people.person_id = usual_products.person_id
    left join mailed on people.person_id = mailed.person_id
    left join engaged on people.person_id = engaged.person_id
)

select * from final
