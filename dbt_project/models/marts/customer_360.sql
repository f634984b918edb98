with

people as (
    select * from {{ ref('dim_person') }}
),

households as (
    select * from {{ ref('household_360') }}
),

accounts as (
    select * from {{ ref('account_360') }}
),

contacts as (
    select * from {{ ref('int_contacts_roled') }}
    where is_current
),

ordered as (
    select * from {{ ref('int_people_ordered') }}
),

timed as (
    select * from {{ ref('int_people_timed') }}
),

interested as (
    select * from {{ ref('int_people_interested') }}
),

mailed as (
    select * from {{ ref('int_people_mailed') }}
),

engaged as (
    select * from {{ ref('int_people_engaged') }}
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

final as (
    select
        people.person_id,
        people.household_id,
        people.account_id,
        people.gender,
        people.birth_year,
        people.age,
        people.is_minor,
        people.postcode_area,
        people.country,
        people.language,
        people.occupation,
        people.income_band,
        people.marital_status,
        people.interests,
        people.has_customer_number,
        people.has_email,
        people.has_phone,
        people.has_address,
        people.email_right_probability,
        people.email_verify_by,
        people.phone_right_probability,
        people.phone_verify_by,
        people.address_right_probability,
        people.address_verify_by,
        people.work_right_probability,
        people.work_verify_by,
        people.is_known_from_bought_lists_only,
        people.profile_count,
        people.first_seen_at,
        people.last_seen_at,

        coalesce(households.household_size, people.declared_household_size) as household_size,
        households.has_known_children,
        households.net_revenue as household_net_revenue,
        contacts.buying_role,
        accounts.account_tier,
        accounts.nace_section as account_nace_section,
        accounts.size_band as account_size_band,

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
        coalesce(ordered.order_count - ordered.business_order_count, 0) as private_order_count,
        coalesce(ordered.business_order_count, 0) as business_order_count,
        coalesce(ordered.coupon_order_count, 0) as coupon_order_count,
        coalesce(ordered.discounted_order_count, 0) as discounted_order_count,
        ordered.first_order_date,
        ordered.last_order_date,
        ordered.days_since_last_order,
        ordered.average_days_between_orders,
        ordered.median_days_between_orders,
        ordered.order_gap_variation,
        coalesce(ordered.return_count, 0) as return_count,
        coalesce(ordered.gross_revenue, 0) as gross_revenue,
        coalesce(ordered.returned_amount, 0) as returned_amount,
        coalesce(ordered.net_revenue, 0) as net_revenue,
        coalesce(ordered.recent_net_revenue, 0) as recent_net_revenue,
        coalesce(ordered.net_revenue - ordered.business_net_revenue, 0) as private_net_revenue,
        coalesce(ordered.business_net_revenue, 0) as business_net_revenue,
        {{ base_currency() }} as currency,
        ordered.average_basket_amount,
        ordered.return_share,
        ordered.discount_share,
        ordered.usual_sales_channel,
        ordered.usual_sales_channel_share,
        timed.usual_order_hour,
        timed.usual_order_hour_share,
        timed.usual_order_weekday,
        timed.usual_order_weekday_share,
        ordered.busiest_quarter,
        interested.usual_product_ids,
        interested.usual_categories,

        coalesce(interested.viewed_product_count, 0) as viewed_product_count,
        interested.viewed_categories,
        coalesce(interested.wish_product_count, 0) as wish_product_count,
        interested.wished_product_ids,
        coalesce(interested.abandoned_product_count, 0) as abandoned_product_count,
        interested.abandoned_product_ids,
        interested.last_abandoned_basket_at,
        engaged.web_event_count,
        engaged.recent_web_event_count,
        engaged.last_web_event_at,

        coalesce(mailed.newsletter_subscription_count, 0) as newsletter_subscription_count,
        {% for days in var('newsletter_windows') %}
        coalesce(mailed.newsletter_send_count_{{ days }}d, 0) as newsletter_send_count_{{ days }}d,
        coalesce(mailed.newsletter_open_count_{{ days }}d, 0) as newsletter_open_count_{{ days }}d,
        coalesce(mailed.newsletter_click_count_{{ days }}d, 0) as newsletter_click_count_{{ days }}d,
        -- One message may be opened several times, hence the cap.
        {{ share(
            'least(mailed.newsletter_open_count_' ~ days ~ 'd, mailed.newsletter_send_count_' ~ days ~ 'd)',
            'mailed.newsletter_send_count_' ~ days ~ 'd'
        ) }} as newsletter_open_share_{{ days }}d,
        {% endfor %}
        coalesce(mailed.newsletter_bounce_count_365d, 0) as newsletter_bounce_count_365d,
        mailed.last_newsletter_send_at,
        mailed.last_newsletter_open_at,
        mailed.last_newsletter_click_at,

        engaged.form_count,
        engaged.last_form_at,
        engaged.ticket_count,
        engaged.open_ticket_count,
        engaged.average_satisfaction_score,
        engaged.last_satisfaction_score,
        engaged.last_ticket_at,
        engaged.interaction_count,
        engaged.last_interaction_at,
        engaged.survey_answer_count,
        engaged.average_survey_score,
        engaged.recommend_score,
        engaged.last_survey_at,
        coalesce(mailed.newsletter_send_count_365d, 0) + engaged.recent_interaction_count as recent_contact_count,
        cast(coalesce(mailed.send_cost, 0) + engaged.interaction_cost as decimal(18, 2)) as recent_contact_cost,
        {{ share('(coalesce(mailed.send_cost, 0) + engaged.interaction_cost)', 'ordered.recent_net_revenue') }}
            as recent_contact_cost_share,
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
    left join households on people.household_id = households.household_id
    left join accounts on people.account_id = accounts.account_id
    left join contacts on people.person_id = contacts.person_id
    left join ordered on people.person_id = ordered.person_id
    left join timed on people.person_id = timed.person_id
    left join scored on people.person_id = scored.person_id
    left join interested on people.person_id = interested.person_id
    left join mailed on people.person_id = mailed.person_id
    left join engaged on people.person_id = engaged.person_id
)

select * from final
