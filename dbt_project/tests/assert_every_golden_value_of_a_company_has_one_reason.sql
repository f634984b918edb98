-- Whatever stands in a company's golden record stands in account_values, once, with profile, date, rule and reason.
with

accounts as (
    select * from {{ ref('dim_account_identified') }}
),

golden_values as (
    select * from {{ ref('dim_account_values') }}
    where is_golden
),

{% set shown = {
    'company_name': 'company_name', 'company_number': 'company_number', 'vat_number': 'vat_number',
    'address': 'coalesce(street, postcode, city, country)',
    'register_entry': 'coalesce(legal_form, nace_code, parent_company_number, website, cast(founded_date as varchar), '
        ~ 'cast(employee_count as varchar), cast(turnover_amount as varchar))',
} %}
shown as (
    {% for attribute, value in shown.items() %}
    select
        account_id,
        '{{ attribute }}' as attribute
    from accounts
    where {{ value }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

reasons as (
    select
        account_id,
        attribute,
        count(*) as reason_count
    from golden_values
    where reason is not null and rule is not null and profile_id is not null and last_stated_date is not null
    group by account_id, attribute
)

select
    shown.account_id,
    shown.attribute
from shown
left join reasons on shown.account_id = reasons.account_id and shown.attribute = reasons.attribute
where coalesce(reasons.reason_count, 0) <> 1
