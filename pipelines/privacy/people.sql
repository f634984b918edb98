-- Assigns every profile to its owner. In braces: `profiles`, the profile files of all loads and the refusals without a
-- profile; `left_out`, feeds about companies; the normal forms of identifiers.

create or replace temp table compared as
select
    profiles.*,
    coalesce(profiles.email_clean, lower(trim(profiles.email))) as email_key,
    coalesce(profiles.phone_clean, folded(profiles.phone)) as phone_key,
    nullif(trim(profiles.customer_number), '') as number_key,
    profiles.feed || ':' || nullif(trim(profiles.record_id), '') as record_key,
    privacy_given(profiles.given_name_clean) as given_key,
    privacy_family(profiles.family_name_clean) as family_key,
    folded(profiles.family_name_clean) as family_full_key,
    privacy_given(profiles.given_name_clean) || privacy_family(profiles.family_name_clean) as name_key,
    folded(profiles.postcode_clean) || folded(profiles.house_number_clean) as address_key,
    member.person_id
from {profiles} as profiles
left join member on profiles.profile_id = member.profile_id;

create or replace temp table loose as
select * from compared
where person_id is null and not list_contains({left_out}, feed);

-- Names are compatible if a part is missing or one given name is the initial of the other.
create or replace temp macro privacy_fits(a_given, a_family, b_given, b_family) as
    coalesce(a_family = b_family, true)
    and coalesce(
        a_given = b_given
        or (least(length(a_given), length(b_given)) = 1 and left(a_given, 1) = left(b_given, 1)),
        true
    );

create or replace temp table loose_owner as
with claims as (
    select loose.profile_id, compared.person_id
    from loose inner join compared on loose.number_key = compared.number_key
    where compared.person_id is not null
    union
    select loose.profile_id, compared.person_id
    from loose inner join compared on loose.record_key = compared.record_key
    where compared.person_id is not null
    union
    select loose.profile_id, compared.person_id
    from loose inner join compared on loose.email_key = compared.email_key
    where
        compared.person_id is not null
        and privacy_fits(loose.given_key, loose.family_key, compared.given_key, compared.family_key)
    union
    select loose.profile_id, compared.person_id
    from loose inner join compared on loose.phone_key = compared.phone_key
    where
        compared.person_id is not null
        and privacy_fits(loose.given_key, loose.family_key, compared.given_key, compared.family_key)
    union
    select loose.profile_id, compared.person_id
    from loose inner join compared on loose.name_key = compared.name_key
    where
        compared.person_id is not null
        and (
            loose.address_key = compared.address_key
            or loose.birth_date_clean = compared.birth_date_clean
        )
    union
    -- A refusal is recognised in every spelling in which it counts.
    select refusal.profile_id, compared.person_id
    from (select profile_id, given_key, family_key, unnest(email_keys) as form from loose) as refusal
    inner join compared on refusal.form = {email_form}
    where
        compared.person_id is not null
        and privacy_fits(refusal.given_key, refusal.family_key, compared.given_key, compared.family_key)
    union
    select refusal.profile_id, compared.person_id
    from (select profile_id, given_key, family_key, unnest(phone_keys) as form from loose) as refusal
    inner join (
        select person_id, given_key, family_key, unnest({phone_forms}) as form
        from compared
        where phone_clean is not null and person_id is not null
    ) as compared on refusal.form = compared.form
    where privacy_fits(refusal.given_key, refusal.family_key, compared.given_key, compared.family_key)
    union
    select loose.profile_id, compared.person_id
    from loose inner join compared on loose.number_form = {number_form}
    where compared.person_id is not null
    union
    select past_member.profile_id, past_member.person_id
    from past_member
    inner join loose on past_member.profile_id = loose.profile_id
    union
    select loose.profile_id, member.person_id
    from redacted
    inner join loose on redacted.profile_id = loose.profile_id
    inner join member on redacted.tied_profile_id = member.profile_id
)

select profile_id, any_value(person_id) as owner, count(distinct person_id) as people
from claims
group by profile_id;

create or replace temp table everybody as
select
    compared.*,
    case
        when compared.person_id is not null then compared.person_id
        when list_contains({left_out}, compared.feed) then null
        when loose_owner.people = 1 then loose_owner.owner
        when loose_owner.people is null then -compared.profile_id
    end as owner
from compared
left join loose_owner on compared.profile_id = loose_owner.profile_id;

drop table compared;
drop table loose;
