-- Size by the EU's definition (Recommendation 2003/361/EC, annex, articles 2 and 6): head count and turnover of the
-- company together with those it is linked with, here its group by the register. Balance sheets are not delivered.
with

accounts as (
    select * from {{ ref('dim_account_identified') }}
),

account_groups as (
    select * from {{ ref('int_accounts_grouped') }}
),

rates as (
    select
        currency,
        rate
    from {{ ref('int_rates_valid') }}
    where valid_from <= {{ as_of() }} and valid_until > {{ as_of() }}
),

euro as (
    select rate
    from rates
    where currency = 'EUR'
),

in_euro as (
    select
        accounts.account_id,
        account_groups.group_account_id,
        accounts.company_number is not null as has_company_number,
        accounts.vat_number is not null as has_vat_number,
        accounts.employee_count,
        accounts.turnover_amount / rates.rate * euro.rate as turnover
    from accounts
    inner join account_groups on accounts.account_id = account_groups.account_id
    left join rates on accounts.turnover_currency = rates.currency
    left join euro on true
),

sized as (
    select
        group_account_id,
        count(*) as group_account_count,
        cast(sum(employee_count) as bigint) as group_employee_count,
        sum(cast(turnover as decimal(18, 2))) as group_turnover
    from in_euro
    group by group_account_id
),

final as (
    select
        in_euro.account_id,
        in_euro.has_company_number,
        in_euro.has_vat_number,
        in_euro.group_account_id,
        sized.group_account_count,
        sized.group_employee_count,
        case
            when in_euro.turnover <= 2000000 then 'up to 2 million'
            when in_euro.turnover <= 10000000 then 'up to 10 million'
            when in_euro.turnover <= 50000000 then 'up to 50 million'
            when in_euro.turnover > 50000000 then 'over 50 million'
        end as turnover_band,
        case
            when sized.group_employee_count is null then null
            when sized.group_employee_count < 10 and coalesce(sized.group_turnover <= 2000000, true) then 'micro'
            when sized.group_employee_count < 50 and coalesce(sized.group_turnover <= 10000000, true) then 'small'
            when sized.group_employee_count < 250 and coalesce(sized.group_turnover <= 50000000, true) then 'medium'
            else 'large'
        end as size_band
    from in_euro
    inner join sized on in_euro.group_account_id = sized.group_account_id
)

select * from final
