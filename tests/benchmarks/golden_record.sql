-- Candidate values beside the truth. Variables: facts (list of files), loads, truth (folder).
create macro plain(words) as
    nullif(regexp_replace(lower(strip_accents(words)), '[^a-z0-9\x{80}-\x{10FFFF}]', '', 'g'), '');

create macro firm(words) as plain(regexp_replace(
    words, '( B\.?V\.?| N\.?V\.?| V\.?O\.?F\.?| SRL| AB| HB| Ltd| PLC| LLP|股份有限公司|有限公司)$', '', 'i'
));

-- A built person is judged as the person most of its profiles are of.
create temp table owners as
with profiles as (
    select facts.profile_id, min(rows.person_id) as true_id
    from read_parquet(getvariable('facts'), union_by_name = true) as facts
    inner join read_parquet(getvariable('loads')) as loads using (load_number)
    inner join read_parquet(getvariable('truth') || '/rows/*.parquet', union_by_name = true) as rows
        on
            facts.feed = rows.feed
            and parse_filename(loads.file) = rows.file
            and facts.row_number = rows.row_number
    where facts.profile_id is not null
    group by facts.profile_id
    having count(distinct rows.person_id) = 1 and bool_and(rows.person_id is not null)
),

counted as (
    select profile_person.person_id, profiles.true_id, count(*) as profile_count
    from analytics.identity.profile_person
    inner join profiles using (profile_id)
    group by all
)

select person_id, arg_max(true_id, row(profile_count, -true_id)) as true_id
from counted
group by person_id;

-- rank 2: valid too, but the person has an own one of rank 1.
create temp table right_values as
with people as (from read_parquet(getvariable('truth') || '/people.parquet')),
homes as (from read_parquet(getvariable('truth') || '/households.parquet')),
jobs as (
    select employments.*, companies.company_name
    from read_parquet(getvariable('truth') || '/employments.parquet') as employments
    inner join read_parquet(getvariable('truth') || '/companies.parquet') as companies using (company_id)
    where until is null
)

select person_id as true_id, 'email' as attribute, lower(coalesce(
    shared_email, case when email_changed_at is null then email else new_email end
)) as value, 1 as rank
from people
union all
select person_id, 'phone', coalesce(
    shared_phone, case when phone_changed_at is null then mobile else new_mobile end
), 1
from people
union all
select person_id, 'family_name', plain(case when married_at is null then family_name else new_family_name end), 1
from people
union all
select person_id, 'family_name', plain(family_name_native), 1
from people
where married_at is null
union all
select person_id, 'address', case
    when moved_at is null then plain(postcode) || '|' || plain(house_number)
    else plain(new_postcode) || '|' || plain(new_house_number)
end, 1
from people
inner join homes using (household_id)
union all
select person_id, 'email', lower(email), 2 from jobs
union all
select person_id, 'phone', phone, 2 from jobs
union all
select person_id, 'address', plain(postcode) || '|' || plain(house_number), 2 from jobs
union all
select person_id, 'work', firm(company_name), 1 from jobs;

create temp table stated as
select
    person_values.*,
    case attribute
        when 'email' then email_clean
        when 'phone' then phone_clean
        when 'family_name' then plain(family_name_clean)
        when 'address' then plain(postcode_clean) || '|' || plain(house_number_clean)
        when 'work' then firm(company_name_clean)
    end as plain_value
from (
    from customers.core.person_values
    union all
    select * replace ('family_name' as attribute) from customers.core.person_values where attribute = 'name'
) as person_values
inner join scratch.intermediate.int_profiles_seen using (profile_id)
where attribute in ('email', 'phone', 'address', 'family_name', 'work');

create temp table seen as
with profiles as (
    select
        profile_person.person_id,
        profiles_seen.last_seen_at,
        unnest([
            {'attribute': 'email', 'value': email_clean},
            {'attribute': 'phone', 'value': phone_clean},
            {'attribute': 'family_name', 'value': plain(family_name_clean)},
            {'attribute': 'address', 'value': plain(postcode_clean) || '|' || plain(house_number_clean)},
            {'attribute': 'work', 'value': firm(company_name_clean)}
        ]) as said
    from scratch.intermediate.int_profiles_seen as profiles_seen
    inner join analytics.identity.profile_person using (profile_id)
)

select person_id, said.attribute, said.value, max(last_seen_at) as last_seen_at, count(*) as seen_profiles
from profiles
where said.value is not null
group by all;

-- Values that read alike are one: the best of them stands for all.
create temp table candidates as
with contacts as (
    select distinct profile_person.person_id
    from analytics.identity.profile_account
    inner join analytics.identity.profile_person using (profile_id)
),

valued as (
    select
        stated.person_id,
        stated.attribute,
        stated.plain_value as value,
        min(stated.value_rank) as value_rank,
        bool_or(stated.is_golden) as is_golden,
        arg_min(stated.right_probability, stated.value_rank) as right_probability,
        arg_min(stated.profile_id, stated.value_rank) as profile_id,
        bool_and(stated.is_at_work) as is_at_work,
        min(stated.first_stated_date) as first_stated_date,
        max(stated.last_stated_date) as last_stated_date,
        max(stated.source_count) as source_count,
        max(stated.profile_count) as profile_count,
        arg_min(stated.score, stated.value_rank) as score,
        arg_min(stated.support_points, stated.value_rank) as support_points,
        arg_min(stated.contradicting_points, stated.value_rank) as contradicting_points,
        arg_min(stated.change_points, stated.value_rank) as change_points,
        arg_min(stated.use_points, stated.value_rank) as use_points,
        arg_min(stated.spelling_points, stated.value_rank) as borne_points
    from stated
    where stated.plain_value is not null
    group by all
),

judged as (
    select
        valued.*,
        seen.last_seen_at,
        seen.seen_profiles,
        right_values.rank,
        contacts.person_id is not null as is_contact
    from valued
    inner join owners on valued.person_id = owners.person_id
    left join contacts on valued.person_id = contacts.person_id
    left join seen
        on
            valued.person_id = seen.person_id
            and valued.attribute = seen.attribute
            and valued.value = seen.value
    left join (select distinct true_id, attribute, value, rank from right_values) as right_values
        on
            owners.true_id = right_values.true_id
            and valued.attribute = right_values.attribute
            and valued.value = right_values.value
)

select
    *,
    coalesce(rank = min(rank) over (partition by person_id, attribute), false) as is_right,
    date '2026-06-30' - last_stated_date as age,
    last_stated_date - first_stated_date as seen_for,
    rank() over (partition by person_id, attribute order by last_stated_date desc) as newest_rank,
    count(*) over (partition by person_id, attribute) as value_count
from judged
qualify row_number() over (partition by person_id, attribute, value order by rank) = 1
