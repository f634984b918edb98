with

form_submissions as (
    select * from {{ ref('stg_form_submissions') }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
),

profile_account as (
    select * from {{ source('identity', 'profile_account') }}
),

final as (
    select
        form_submissions.feed,
        form_submissions.record_key,
        form_submissions.profile_id,
        profile_person.person_id,
        profile_account.account_id,
        form_submissions.event_at,
        form_submissions.form_type,
        form_submissions.product_id,
        form_submissions.campaign_id,
        form_submissions.landing_page,
        form_submissions.source_code,
        form_submissions.coupon_code
    from form_submissions
    left join profile_person on form_submissions.profile_id = profile_person.profile_id
    left join profile_account on form_submissions.profile_id = profile_account.profile_id
)

select * from final
