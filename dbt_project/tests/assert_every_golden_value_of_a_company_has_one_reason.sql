-- Whatever stands in a company's golden record stands in account_values, once, with profile, date, rule and reason.
with

records as (
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
final as (
    {{ shown_without_one_reason('account_id', shown) }}
)

select * from final
