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

-- recency: register entries above all others, then the newer.
profiles as (
    select
        profile_account.account_id,
        profiles_seen.*,
        row(profiles_seen.kind = 'companies', profiles_seen.last_seen_at, profiles_seen.profile_id) as recency
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

golden as (
    select
        account_id,
        count(*) as profile_count,
        bool_or(kind = 'companies') as is_registered,
        bool_and(kind = 'companies' or is_from_bought_list) as is_known_from_outside_only,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        arg_max(company_name_clean, recency) as company_name,
        arg_max(company_number_clean, recency) as company_number,
        arg_max(vat_number_clean, recency) as vat_number,
        coalesce(
            arg_max({{ address_group() }}, recency) filter (
                where street_clean is not null and coalesce(postcode_clean, city_clean) is not null
            ),
            arg_max({{ address_group() }}, recency) filter (where postcode_clean is not null),
            arg_max({{ address_group() }}, recency) filter (where coalesce(city_clean, country_clean) is not null)
        ) as address
    from profiles
    group by account_id
),

final as (
    select
        golden.account_id,
        golden.company_name,
        golden.company_number,
        golden.vat_number,
        golden.address.street,
        golden.address.house_number,
        golden.address.postcode,
        golden.address.postcode_area,
        golden.address.city,
        golden.address.country,
        register_entries.legal_form,
        register_entries.founded_date,
        register_entries.nace_code,
        register_entries.employee_count,
        register_entries.turnover_amount,
        register_entries.currency as turnover_currency,
        nullif(parents.parent_account_id, golden.account_id) as parent_account_id,
        register_entries.parent_company_number,
        register_entries.website,
        golden.is_registered,
        golden.is_known_from_outside_only,
        golden.profile_count,
        golden.first_seen_at,
        golden.last_seen_at
    from golden
    left join register_entries on golden.account_id = register_entries.account_id
    left join parents on golden.account_id = parents.account_id
)

select * from final
