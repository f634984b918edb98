{{ config(alias='dim_account_contact', meta=customers_asset('core', 'dim_account_contact')) }}

with

profiles_seen as (
    select * from {{ ref('int_profiles_seen') }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
),

profile_account as (
    select * from {{ source('identity', 'profile_account') }}
),

golden_values as (
    select * from {{ ref('int_values_ranked') }}
    where value_rank = 1
),

-- recency: the larger, the newer; without ties.
sightings as (
    select
        profile_person.person_id,
        profile_account.account_id,
        profiles_seen.feed,
        nullif(trim(profiles_seen.job_title), '') as job_title,
        profiles_seen.first_seen_at,
        profiles_seen.last_seen_at,
        row(profiles_seen.last_seen_at, profiles_seen.profile_id) as recency
    from profile_account
    inner join profile_person on profile_account.profile_id = profile_person.profile_id
    inner join profiles_seen on profile_account.profile_id = profiles_seen.profile_id
),

contacts as (
    select
        account_id,
        person_id,
        arg_max(feed, recency) as feed,
        arg_max(job_title, recency) as job_title,
        count(*) as profile_count,
        min(first_seen_at) as valid_from,
        max(last_seen_at) as last_seen_at,
        max(recency) as recency
    from sightings
    group by account_id, person_id
),

next_employers as (
    select
        contacts.account_id,
        contacts.person_id,
        min(sightings.first_seen_at) as first_seen_at
    from contacts
    inner join sightings
        on
            contacts.person_id = sightings.person_id
            and contacts.account_id <> sightings.account_id
            and contacts.last_seen_at < sightings.first_seen_at
    group by contacts.account_id, contacts.person_id
),

-- As in dim_person.
golden_employers as (
    select
        golden_values.person_id,
        profile_account.account_id
    from golden_values
    inner join profile_account on golden_values.profile_id = profile_account.profile_id
    where golden_values.attribute = 'work'
),

marked as (
    select
        contacts.*,
        coalesce(
            contacts.account_id = golden_employers.account_id,
            contacts.recency = max(contacts.recency) over (partition by contacts.person_id)
        ) as is_current
    from contacts
    left join golden_employers on contacts.person_id = golden_employers.person_id
),

final as (
    select
        marked.account_id,
        marked.person_id,
        marked.job_title,
        marked.feed,
        marked.valid_from,
        -- Two employers named in turn: the former one counts as long as it is named.
        case
            when not marked.is_current then coalesce(next_employers.first_seen_at, marked.last_seen_at)
        end as valid_to,
        marked.is_current,
        marked.profile_count,
        marked.last_seen_at
    from marked
    left join next_employers
        on marked.account_id = next_employers.account_id and marked.person_id = next_employers.person_id
)

select * from final
