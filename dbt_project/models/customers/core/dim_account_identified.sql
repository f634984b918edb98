{{ config(alias='dim_account', meta=customers_asset('core', 'dim_account')) }}

with

profiles_seen as (
    select * from {{ ref('int_profiles_seen') }}
),

profile_account as (
    select * from {{ source('identity', 'profile_account') }}
),

companies as (
    select * from {{ ref('stg_companies') }}
),

golden_values as (
    select * from {{ ref('dim_account_values') }}
    where is_golden
),

profiles as (
    select
        profile_account.account_id,
        profiles_seen.*
    from profile_account
    inner join profiles_seen on profile_account.profile_id = profiles_seen.profile_id
),

register_entries as (
    select
        profile_account.account_id,
        profiles_seen.country_clean as country,
        companies.*
    from companies
    inner join profile_account on companies.profile_id = profile_account.profile_id
    inner join profiles_seen on companies.profile_id = profiles_seen.profile_id
    qualify
        row_number() over (
            partition by profile_account.account_id
            order by companies.event_at desc, companies.feed, companies.record_key
        ) = 1
),

-- A register writes a parent's number as it writes its own; the number of a parent abroad begins with its country.
account_numbers as (
    select
        account_id,
        company_number_clean as company_number
    from profiles
    where company_number_clean is not null
    union
    select
        account_id,
        country_clean || regexp_replace(upper(company_number), '[^0-9A-Z]', '', 'g') as company_number
    from profiles
    where kind = 'companies' and company_number is not null
),

numbered_accounts as (
    select
        company_number,
        min(account_id) as account_id
    from account_numbers
    group by company_number
    having count(distinct account_id) = 1
),

parent_numbers as (
    select
        account_id,
        country,
        regexp_replace(upper(parent_company_number), '[^0-9A-Z]', '', 'g') as company_number
    from register_entries
    where parent_company_number is not null
),

parents as (
    select
        parent_numbers.account_id,
        coalesce(of_country.account_id, abroad.account_id) as parent_account_id
    from parent_numbers
    left join numbered_accounts as of_country
        on parent_numbers.country || parent_numbers.company_number = of_country.company_number
    left join numbered_accounts as abroad
        on parent_numbers.company_number = abroad.company_number
),

known as (
    select
        account_id,
        count(*) as profile_count,
        bool_or(kind = 'companies') as is_registered,
        bool_and(kind = 'companies' or is_from_bought_list) as is_known_from_outside_only,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at
    from profiles
    group by account_id
),

-- An address comes from one profile as a whole, the register's data from one entry.
golden as (
    select
        account_id,
        {% for attribute in ['company_name', 'company_number', 'vat_number'] %}
        max(value) filter (where attribute = '{{ attribute }}') as {{ attribute }},
        {% endfor %}
        max(profile_id) filter (where attribute = 'address') as address_profile_id
    from golden_values
    group by account_id
),

final as (
    select
        known.account_id,
        golden.company_name,
        golden.company_number,
        golden.vat_number,
        housed.street_clean as street,
        housed.house_number_clean as house_number,
        housed.postcode_clean as postcode,
        housed.postcode_area,
        housed.city_clean as city,
        housed.country_clean as country,
        register_entries.legal_form,
        register_entries.founded_date,
        register_entries.nace_code,
        register_entries.employee_count,
        register_entries.turnover_amount,
        register_entries.currency as turnover_currency,
        nullif(parents.parent_account_id, known.account_id) as parent_account_id,
        register_entries.parent_company_number,
        register_entries.website,
        known.is_registered,
        known.is_known_from_outside_only,
        known.profile_count,
        known.first_seen_at,
        known.last_seen_at
    from known
    left join golden on known.account_id = golden.account_id
    left join profiles_seen as housed on golden.address_profile_id = housed.profile_id
    left join register_entries on known.account_id = register_entries.account_id
    left join parents on known.account_id = parents.account_id
)

select * from final
