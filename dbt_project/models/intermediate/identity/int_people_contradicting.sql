-- The rules are those of pipelines/privacy/contradictions.py, which also asks records that are not published yet.
with

profiles_seen as (
    select
        *,
        {{ folded("regexp_replace(lower(trim(given_name_clean)), '( [a-zà-ɏ]\\.?)+$', '')") }} as given_name
    from {{ ref('int_profiles_seen') }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
),

overrides as (
    select
        least(left_profile_id, right_profile_id) as left_profile_id,
        greatest(left_profile_id, right_profile_id) as right_profile_id
    from {{ source('identity', 'overrides') }}
    where subject = 'person' and decision = 'same'
),

stated as (
    select
        profile_person.person_id,
        profiles_seen.profile_id,
        profiles_seen.feed,
        profiles_seen.one_number_per_person,
        profiles_seen.given_name,
        unnest([
            { 'contradiction': 'birth_dates', 'value': cast(profiles_seen.birth_date_clean as varchar) },
            {
                'contradiction': 'sexes',
                'value': if(profiles_seen.gender_clean in ('female', 'male'), profiles_seen.gender_clean, null)
            },
            { 'contradiction': 'customer_numbers', 'value': nullif(trim(profiles_seen.customer_number), '') },
            { 'contradiction': 'names_in_countries', 'value': profiles_seen.country_clean }
        ]) as statement
    from profile_person
    inner join profiles_seen on profile_person.profile_id = profiles_seen.profile_id
),

-- Few people state two values of anything: only theirs are set against each other.
held as (
    select
        * exclude (statement),
        statement.contradiction,
        statement.value
    from stated
    where statement.value is not null
    window several as (partition by person_id, statement.contradiction)
    qualify min(statement.value) over several <> max(statement.value) over several
),

pairs as (
    select
        left_side.person_id,
        left_side.contradiction,
        left_side.profile_id as left_profile_id,
        right_side.profile_id as right_profile_id,
        least(left_side.value, right_side.value) as one_value,
        greatest(left_side.value, right_side.value) as other_value,
        left_side.feed = right_side.feed as is_of_one_feed,
        left_side.one_number_per_person,
        -- Neither equal nor one the initial of the other.
        coalesce(
            left_side.given_name <> right_side.given_name
            and not (
                least(length(left_side.given_name), length(right_side.given_name)) = 1
                and left(left_side.given_name, 1) = left(right_side.given_name, 1)
            ),
            false
        ) as is_of_two_names
    from held as left_side
    inner join held as right_side
        on
            left_side.person_id = right_side.person_id
            and left_side.contradiction = right_side.contradiction
            and left_side.profile_id < right_side.profile_id
            and left_side.value <> right_side.value
),

contradicting as (
    select * from pairs
    where
        case contradiction
            when 'customer_numbers' then is_of_one_feed and (one_number_per_person or is_of_two_names)
            when 'names_in_countries' then is_of_two_names
            else true
        end
),

-- Who called two records one person knew both values.
settled as (
    select distinct
        contradicting.person_id,
        contradicting.contradiction,
        contradicting.one_value,
        contradicting.other_value
    from contradicting
    inner join overrides
        on
            contradicting.left_profile_id = overrides.left_profile_id
            and contradicting.right_profile_id = overrides.right_profile_id
),

open_pairs as (
    select contradicting.*
    from contradicting
    left join settled
        on
            contradicting.person_id = settled.person_id
            and contradicting.contradiction = settled.contradiction
            and contradicting.one_value = settled.one_value
            and contradicting.other_value = settled.other_value
    where settled.person_id is null
),

first_pairs as (
    select
        person_id,
        contradiction,
        arg_min(
            { 'left_profile_id': left_profile_id, 'right_profile_id': right_profile_id },
            row(left_profile_id, right_profile_id)
        ) as chosen
    from open_pairs
    group by person_id, contradiction
),

final as (
    select
        person_id,
        contradiction,
        chosen.left_profile_id,
        chosen.right_profile_id
    from first_pairs
)

select * from final
