{{ config(alias='dim_person', meta=customers_asset('core', 'dim_person')) }}
{% set verified = ['email', 'phone', 'address', 'work'] %}
{% set single = ['occupation', 'income_band', 'marital_status', 'interests', 'language', 'gender', 'customer_number'] %}

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

golden_values as (
    select * from {{ ref('dim_person_values') }}
    where is_golden
),

ages_of_consent as (
    select * from {{ ref('ages_of_consent') }}
),

known as (
    select
        profile_person.person_id,
        count(*) as profile_count,
        count(distinct profiles_seen.feed) as feed_count,
        bool_and(profiles_seen.is_from_bought_list) as is_known_from_bought_lists_only,
        min(profiles_seen.first_seen_at) as first_seen_at,
        max(profiles_seen.last_seen_at) as last_seen_at
    from profile_person
    inner join profiles_seen on profile_person.profile_id = profiles_seen.profile_id
    group by profile_person.person_id
),

golden as (
    select
        person_id,
        {% for attribute in single + ['email', 'phone'] %}
        max(value) filter (where attribute = '{{ attribute }}') as {{ attribute }},
        {% endfor %}
        {% for attribute in verified %}
        max(right_probability) filter (where attribute = '{{ attribute }}') as {{ attribute }}_right_probability,
        max(verify_by) filter (where attribute = '{{ attribute }}') as {{ attribute }}_verify_by,
        {% endfor %}
        {% for attribute in verified + ['name'] %}
        max(profile_id) filter (where attribute = '{{ attribute }}') as {{ attribute }}_profile_id,
        {% endfor %}
        max(profile_id) filter (where attribute = 'birth_date') as birth_profile_id,
        cast(max(value) filter (where attribute = 'birth_date') as date) as birth_date,
        cast(max(value) filter (where attribute = 'household_size') as integer) as declared_household_size
    from golden_values
    group by person_id
),

-- A group of attributes comes from one profile as a whole.
final as (
    select
        known.person_id,
        household_members.household_id,
        profile_account.account_id,
        golden.customer_number,
        named.given_name_clean as given_name,
        named.family_name_clean as family_name,
        golden.name_profile_id,
        golden.gender,
        golden.birth_date,
        golden.birth_profile_id,
        {{ is_minor('golden.birth_date', 'ages_of_consent.age_of_majority') }} as is_minor,
        golden.email,
        golden.email_profile_id,
        golden.email_right_probability,
        golden.email_verify_by,
        golden.phone,
        golden.phone_profile_id,
        golden.phone_right_probability,
        golden.phone_verify_by,
        housed.street_clean as street,
        housed.house_number_clean as house_number,
        housed.postcode_clean as postcode,
        housed.postcode_area,
        housed.city_clean as city,
        housed.country_clean as country,
        golden.address_profile_id,
        -- A country alone is no address.
        case
            when coalesce(housed.street_clean, housed.postcode_clean, housed.city_clean) is not null
                then golden.address_right_probability
        end as address_right_probability,
        golden.address_verify_by,
        golden.language,
        employed.company_name_clean as company_name,
        nullif(trim(employed.job_title), '') as job_title,
        golden.work_profile_id,
        golden.work_right_probability,
        golden.work_verify_by,
        golden.occupation,
        golden.income_band,
        golden.declared_household_size,
        golden.marital_status,
        golden.interests,
        known.is_known_from_bought_lists_only,
        known.profile_count,
        known.feed_count,
        known.first_seen_at,
        known.last_seen_at
    from known
    left join golden on known.person_id = golden.person_id
    left join household_members on known.person_id = household_members.person_id
    left join profiles_seen as named on golden.name_profile_id = named.profile_id
    left join profiles_seen as housed on golden.address_profile_id = housed.profile_id
    left join profiles_seen as employed on golden.work_profile_id = employed.profile_id
    left join profile_account on golden.work_profile_id = profile_account.profile_id
    left join ages_of_consent on housed.country_clean = ages_of_consent.country
)

select * from final
