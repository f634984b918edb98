{{ config(materialized='amended') }}
with

profiles as (
    select * from {{ raw_profiles() }}
),

feeds as (
    select * from {{ source('raw', 'feeds') }}
),

shells as (
    select * from {{ source('raw', 'shells') }}
),

seen as (
    {% for kind in kinds_about_somebody().split(',') %}
    select
        profile_id,
        min(event_at) as first_seen_at,
        max(event_at) as last_seen_at,
        count(*) as fact_count
    from {{ ref('stg_' ~ kind) }}
    where profile_id is not null
    group by profile_id
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (
    -- A feed is of one kind, so a profile is seen by one branch of the union only.
    select
        -- What was understood of a text says more than the text, which stays in the landed files.
        profiles.* exclude (
            block_hash, given_name, family_name, gender, birth_date, email, phone, street, house_number, -- noqa: RF02
            postcode, city, country, language, company_name, vat_number -- noqa: RF02
        ),
        shells.tied_profile_id,
        feeds.kind,
        feeds.makes_people,
        feeds.one_number_per_person,
        feeds.number_space,
        feeds.licence_provider is not null as is_from_bought_list,
        seen.first_seen_at,
        seen.last_seen_at,
        seen.fact_count
    from seen
    inner join profiles on seen.profile_id = profiles.profile_id
    inner join feeds on profiles.feed = feeds.feed
    left join shells on profiles.profile_id = shells.profile_id
    -- Of a shell that is tied to nothing only the number in its facts is left.
    where shells.profile_id is null or shells.tied_profile_id is not null
)

select * from final
