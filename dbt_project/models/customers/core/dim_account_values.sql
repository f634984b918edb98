{{ config(alias='account_values', meta=customers_asset('core', 'account_values')) }}
{#- Of each attribute what makes two values one, how the value reads, and how complete it is (0: not stated). -#}
{% set attributes = {
    'company_name': [folded('company_name_clean'), 'company_name_clean', '1'],
    'company_number': ['company_number_clean', 'company_number_clean', '1'],
    'vat_number': ['vat_number_clean', 'vat_number_clean', '1'],
    'address': [
        "concat_ws('|', country_clean, postcode_clean, " ~ folded('city_clean') ~ ", " ~ folded('street_clean') ~ ", "
        ~ folded('house_number_clean') ~ ")",
        "concat_ws(
            ', ',
            nullif(concat_ws(' ', street_clean, house_number_clean), ''),
            nullif(concat_ws(' ', postcode_clean, city_clean), ''),
            country_clean
        )",
        'case
            when street_clean is not null and coalesce(postcode_clean, city_clean) is not null then 3
            when postcode_clean is not null then 2
            when coalesce(city_clean, country_clean) is not null then 1
        end',
    ],
} -%}

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

profiles as (
    select
        profile_account.account_id,
        profiles_seen.*
    from profile_account
    inner join profiles_seen on profile_account.profile_id = profiles_seen.profile_id
),

stated as (
    {% for attribute, (key, text, completeness) in attributes.items() %}
    select
        account_id,
        '{{ attribute }}' as attribute,
        {{ key }} as value_key,
        {{ text }} as value,
        {{ completeness }} as completeness,
        kind = 'companies' as is_register,
        feed,
        profile_id,
        cast(null as varchar) as record_key,
        first_seen_at,
        last_seen_at
    from profiles
    where {{ text if completeness == '1' else completeness }} is not null
    union all
    {% endfor %}
    -- A register entry is taken whole.
    select
        profile_account.account_id,
        'register_entry' as attribute,
        concat_ws(
            '|', companies.legal_form, companies.founded_date, companies.nace_code, companies.employee_count,
            companies.turnover_amount, companies.currency, companies.parent_company_number, companies.website,
            profile_account.profile_id
        ) as value_key,
        concat_ws(
            ', ',
            companies.legal_form,
            'founded ' || companies.founded_date,
            'NACE ' || companies.nace_code,
            companies.employee_count || ' employees',
            'turnover ' || companies.turnover_amount || coalesce(' ' || companies.currency, ''),
            'parent ' || companies.parent_company_number,
            companies.website
        ) as value,
        1 as completeness,
        true as is_register,
        companies.feed,
        companies.profile_id,
        companies.record_key,
        companies.event_at as first_seen_at,
        companies.event_at as last_seen_at
    from companies
    inner join profile_account on companies.profile_id = profile_account.profile_id
    inner join profiles_seen on companies.profile_id = profiles_seen.profile_id
),

-- The fullest, then what a register says, then the newest.
placed as (
    select
        *,
        row_number() over (
            partition by account_id, attribute
            order by
                completeness desc,
                is_register desc,
                last_seen_at desc,
                case when record_key is not null then feed end,
                record_key,
                profile_id desc
        ) as place
    from stated
),

valued as (
    select
        account_id,
        attribute,
        value_key,
        min(place) as place,
        min_by(value, place) as value,
        min_by(feed, place) as feed,
        min_by(profile_id, place) as profile_id,
        min_by(record_key, place) as record_key,
        max(completeness) as completeness,
        bool_or(is_register) as is_register,
        min(first_seen_at) as first_stated_at,
        max(last_seen_at) as last_stated_at,
        count(distinct feed) as source_count,
        count(distinct profile_id) as profile_count
    from placed
    group by account_id, attribute, value_key
),

ranked as (
    select
        *,
        row_number() over in_order as value_rank,
        first_value(completeness) over in_order as golden_completeness,
        first_value(is_register) over in_order as is_golden_register,
        lead(completeness) over in_order as next_completeness,
        lead(is_register) over in_order as is_next_register
    from valued
    window in_order as (partition by account_id, attribute order by place)
),

ruled as (
    select
        *,
        case
            when value_rank = 1 and next_completeness is null then 'only'
            when golden_completeness > if(value_rank = 1, next_completeness, completeness) then 'completeness'
            when is_golden_register and not if(value_rank = 1, is_next_register, is_register) then 'register'
            else 'recency'
        end as rule
    from ranked
),

final as (
    select
        account_id,
        attribute,
        value_rank,
        value_rank = 1 as is_golden,
        value,
        feed,
        profile_id,
        record_key,
        cast(first_stated_at as date) as first_stated_date,
        cast(last_stated_at as date) as last_stated_date,
        source_count,
        profile_count,
        is_register,
        rule,
        {{ account_reason('rule', 'value_rank = 1') }} as reason
    from ruled
)

select * from final
