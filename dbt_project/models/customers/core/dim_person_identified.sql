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

addresses as (
    select
        person_id,
        concat_ws(
            '|',
            address.country,
            address.postcode,
            lower(strip_accents(coalesce(address.street, ''))),
            address.house_number,
            lower(strip_accents(name.family_name))
        ) as household_key
    from golden
    where address.postcode is not null and address.house_number is not null and name.family_name is not null
),

households as (
    select
        household_key,
        min(person_id) as household_id
    from addresses
    group by household_key
    having count(*) <= {{ var('household_member_limit') }}
),

final as (
    select
        golden.person_id,
        households.household_id,
        account_id,
        customer_number,
        name.given_name,
        name.family_name,
        name.profile_id as name_profile_id,
        gender,
        birth.birth_date,
        birth.profile_id as birth_profile_id,
        email.email,
        email.profile_id as email_profile_id,
        phone.phone,
        phone.profile_id as phone_profile_id,
        address.street,
        address.house_number,
        address.postcode,
        address.postcode_area,
        address.city,
        address.country,
        address.profile_id as address_profile_id,
        language,
        work.company_name,
        work.job_title,
        work.profile_id as work_profile_id,
        occupation,
        income_band,
        declared_household_size,
        marital_status,
        interests,
        is_known_from_bought_lists_only,
        profile_count,
        feed_count,
        first_seen_at,
        last_seen_at
    from golden
    left join addresses on golden.person_id = addresses.person_id
    left join households on addresses.household_key = households.household_key
)

select * from final
