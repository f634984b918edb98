-- The company of each profile by number, by evidence or by a distinctive name: identity_company_members, one row per
-- profile. A company is `number` and its legal number, `group` and a profile, or `profile` and the profile alone.

create or replace temp macro company_rule(kind) as
    case kind when 'verified_domain' then kind else 'same_name_and_' || kind end;

-- One row per profile: its company by number, by evidence, or by the group that shares evidence with it.
create or replace temp table identity_company_decisions as
with fitted as (
    -- Every kind of evidence for any company must be evidence for this company.
    select profile_id, legal_number, arg_min(kind, list_position({kinds}, kind)) as kind
    from (
        select *, count(distinct kind) over (partition by profile_id) as kind_count
        from identity_company_fits
        where has_same_name
    )
    group by profile_id, legal_number, kind_count
    having count(*) = kind_count
    qualify count(*) over (partition by profile_id) = 1
),

shared as (
    select profile_id, arg_min(kind, list_position({kinds}, kind)) as kind
    from (
        select profile_id, kind
        from identity_company_keys
        qualify count(*) over (partition by key, country) > 1
    )
    group by profile_id
),

profiles as (
    select
        named.*,
        coalesce(named.legal_number, fitted.legal_number) as company_number,
        fitted.kind as fitting_kind,
        shared.kind as shared_kind,
        groups.group_id,
        fitted.profile_id is null
        and named.profile_id in (select profile_id from identity_company_fits where has_same_name) as is_contested
    from identity_company_profiles as named
    left join fitted on named.profile_id = fitted.profile_id
    left join shared on named.profile_id = shared.profile_id
    left join identity_company_groups as groups on named.profile_id = groups.profile_id
),

groups as (
    select
        group_id,
        count(distinct company_number) as number_count,
        min(company_number) as company_number,
        bool_or(domain is not null or postcode is not null) as has_place
    from profiles
    where group_id is not null
    group by group_id
)

select
    profiles.*,
    coalesce(groups.number_count, 0) as number_count,
    coalesce(groups.has_place, false) as has_place,
    case
        when profiles.company_number is not null then 'number ' || profiles.company_number
        when profiles.is_contested or profiles.group_id is null or groups.number_count > 1
            then 'profile ' || profiles.profile_id
        when groups.number_count = 1 then 'number ' || groups.company_number
        else 'group ' || profiles.group_id
    end as company,
    case
        when profiles.legal_number is not null then 'same_legal_number'
        when profiles.company_number is not null then company_rule(profiles.fitting_kind)
        when profiles.is_contested or profiles.group_id is null or groups.number_count > 1 then 'alone'
        else coalesce(company_rule(profiles.shared_kind), 'alone')
    end as rule
from profiles
left join groups on profiles.group_id = groups.group_id;

-- One row per group with a name only (no number, domain or postcode) and company of that name.
create or replace temp table identity_company_namesakes as
with names as (
    select company, name
    from identity_company_decisions
    where name is not null and (company like 'number %' or has_place) and company not like 'profile %'
    group by company, name
    -- A name that only one of many profiles gives is not the name of the company.
    qualify bool_or(not makes_people) or count(*) * 2 >= max(count(*)) over (partition by company)
),

countries as (
    select distinct company, country from identity_company_decisions
),

cities as (
    select distinct company, letters_and_digits(city) as city from identity_company_decisions where city is not null
),

bare as (
    select
        company,
        name,
        min(country) as country,
        bool_and(has_long_name) as has_long_name,
        list(distinct letters_and_digits(city)) filter (where city is not null) as cities
    from identity_company_decisions
    where company like 'group %' and not has_place
    group by company, name
)

select
    bare.company as bare_company,
    names.company,
    bool_and(bare.has_long_name) or bool_or(cities.city is not null) as is_distinctive,
    count(*) over (partition by bare.company) as namesake_count
from bare
inner join names on bare.name = names.name
left join cities on names.company = cities.company and list_contains(bare.cities, cities.city)
where
    bare.country is null
    or exists (
        from countries
        where countries.company = names.company and (countries.country = bare.country or countries.country is null)
    )
group by bare.company, names.company;

create or replace temp table identity_company_members as
select
    decisions.profile_id,
    coalesce(namesakes.company, decisions.company) as company,
    case when namesakes.company is not null then 'distinctive_name' else decisions.rule end as rule
from identity_company_decisions as decisions
left join identity_company_namesakes as namesakes
    on decisions.company = namesakes.bare_company
    and namesakes.namesake_count = 1
    and namesakes.is_distinctive
