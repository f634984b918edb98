{{ config(alias='dim_person', meta=customers_asset('core', 'dim_person')) }}

with

profiles_seen as (
    select * from {{ ref('int_profiles_seen') }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
),

profile_account as (
    select * from {{ source('identity', 'profile_account') }}
),

household_members as (
    select * from {{ source('identity', 'person_household') }}
    where valid_to is null
),

bad_values as (
    select * from {{ source('customers_identity', 'bad_values') }}
),

-- recency: the larger, the newer; without ties, and compared in aggregates because a window would sort wide rows.
profiles as (
    select
        profile_person.person_id,
        profile_account.account_id,
        profiles_seen.* exclude (email_clean, phone_clean),
        -- A placeholder or a switchboard is nobody's own contact point.
        case when bad_emails.value is null then profiles_seen.email_clean end as email_clean,
        case when bad_phones.value is null then profiles_seen.phone_clean end as phone_clean,
        row(profiles_seen.last_seen_at, profiles_seen.profile_id) as recency
    from profile_person
    inner join profiles_seen on profile_person.profile_id = profiles_seen.profile_id
    left join profile_account on profile_person.profile_id = profile_account.profile_id
    left join bad_values as bad_emails
        on bad_emails.field = 'email' and profiles_seen.email_clean = bad_emails.value
    left join bad_values as bad_phones
        on bad_phones.field = 'phone' and profiles_seen.phone_clean = bad_phones.value
),

-- A group of attributes comes from one profile as a whole: the newest complete one, else the newest with anything.
golden as (
    select
        person_id,
        count(*) as profile_count,
        count(distinct feed) as feed_count,
        bool_and(is_from_bought_list) as is_known_from_bought_lists_only,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        arg_max(customer_number, recency) as customer_number,
        coalesce(
            arg_max({{ name_group() }}, recency) filter (
                where given_name_clean is not null and family_name_clean is not null
            ),
            arg_max({{ name_group() }}, recency) filter (
                where coalesce(family_name_clean, given_name_clean) is not null
            )
        ) as name,
        arg_max(gender_clean, recency) as gender,
        arg_max({ 'birth_date': birth_date_clean, 'profile_id': profile_id }, recency) filter (
            where birth_date_clean is not null
        ) as birth,
        arg_max({ 'email': email_clean, 'profile_id': profile_id }, recency) filter (
            where email_clean is not null
        ) as email,
        arg_max({ 'phone': phone_clean, 'profile_id': profile_id }, recency) filter (
            where phone_clean is not null
        ) as phone,
        coalesce(
            arg_max({{ address_group() }}, recency) filter (
                where street_clean is not null and coalesce(postcode_clean, city_clean) is not null
            ),
            arg_max({{ address_group() }}, recency) filter (where postcode_clean is not null),
            arg_max({{ address_group() }}, recency) filter (where coalesce(city_clean, country_clean) is not null)
        ) as address,
        arg_max({{ work_group() }}, recency) filter (
            where coalesce(company_name_clean, job_title) is not null
        ) as work,
        arg_max(account_id, recency) as account_id,
        arg_max(language_clean, recency) as language,
        arg_max(nullif(trim(occupation), ''), recency) as occupation,
        arg_max(nullif(trim(income_band), ''), recency) as income_band,
        arg_max(try_cast(household_size as integer), recency) as declared_household_size,
        arg_max(nullif(trim(marital_status), ''), recency) as marital_status,
        arg_max(nullif(trim(interests), ''), recency) as interests
    from profiles
    group by person_id
),

final as (
    select
        golden.person_id,
        household_members.household_id,
        golden.account_id,
        golden.customer_number,
        golden.name.given_name,
        golden.name.family_name,
        golden.name.profile_id as name_profile_id,
        golden.gender,
        golden.birth.birth_date,
        golden.birth.profile_id as birth_profile_id,
        golden.email.email,
        golden.email.profile_id as email_profile_id,
        golden.phone.phone,
        golden.phone.profile_id as phone_profile_id,
        golden.address.street,
        golden.address.house_number,
        golden.address.postcode,
        golden.address.postcode_area,
        golden.address.city,
        golden.address.country,
        golden.address.profile_id as address_profile_id,
        golden.language,
        golden.work.company_name,
        golden.work.job_title,
        golden.work.profile_id as work_profile_id,
        golden.occupation,
        golden.income_band,
        golden.declared_household_size,
        golden.marital_status,
        golden.interests,
        golden.is_known_from_bought_lists_only,
        golden.profile_count,
        golden.feed_count,
        golden.first_seen_at,
        golden.last_seen_at
    from golden
    left join household_members on golden.person_id = household_members.person_id
)

select * from final
