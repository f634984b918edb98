-- One row per profile that names a company, register entries included: identity.profile_account; and one row per profile
-- and company it may belong to, where somebody has to decide: identity.account_candidates.
create or replace table identity.profile_account as
select
    members.profile_id,
    coalesce(joined.account_id, min(members.profile_id) over company) as account_id,
    members.rule
from identity_company_members as members
left join identity_company_joined as joined on members.company = joined.company
window company as (partition by members.company)
order by members.profile_id;

create or replace table identity.account_candidates as
with accounts as (
    select members.company, any_value(accounts.account_id) as account_id
    from identity_company_members as members
    inner join identity.profile_account as accounts on members.profile_id = accounts.profile_id
    group by members.company
),

named as (
    select distinct decisions.company, decisions.name, decisions.country, decisions.has_place
    from identity_company_decisions as decisions
    where decisions.name is not null
),

candidates as (
    select
        profile_id,
        'number ' || legal_number as company,
        kind,
        case when has_same_name then 'fits_several' else 'other_name' end as reason
    from identity_company_fits
    union all
    select
        decisions.profile_id,
        namesakes.company,
        null,
        case when namesakes.namesake_count > 1 then 'fits_several' else 'common_name' end
    from identity_company_decisions as decisions
    inner join identity_company_namesakes as namesakes on decisions.company = namesakes.bare_company
    union all
    -- One profile represents its group.
    select cast(split_part(elsewhere.company, ' ', 2) as bigint), numbered.company, null, 'other_place'
    from named as elsewhere
    inner join named as numbered
        on elsewhere.name = numbered.name and elsewhere.country is not distinct from numbered.country
    where starts_with(elsewhere.company, 'group ') and elsewhere.has_place and starts_with(numbered.company, 'number ')
)

select
    candidates.profile_id,
    accounts.account_id,
    coalesce(company_rule(arg_min(candidates.kind, list_position({kinds}, candidates.kind))), 'same_name') as rule,
    min(candidates.reason) as reason
from candidates
inner join accounts on candidates.company = accounts.company
inner join identity_company_members as own on candidates.profile_id = own.profile_id
where
    not starts_with(own.company, 'number ')
    and own.rule not in ('distinctive_name', 'override')
group by candidates.profile_id, accounts.account_id
qualify count(*) over (partition by candidates.profile_id) <= {candidates}
order by candidates.profile_id, accounts.account_id
