{% set rules = var('survivorship') %}
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

feeds as (
    select * from {{ source('raw', 'feeds') }}
),

mailboxes as (
    select * from {{ ref('int_mailboxes_answered') }}
),

links as (
    select * from {{ source('identity', 'links') }}
    where not is_cut
),

bad_emails as (
    select hash(value) as value_key
    from {{ source('customers_identity', 'bad_values') }}
    where field = 'email'
),

bad_phones as (
    select hash(value) as value_key
    from {{ source('customers_identity', 'bad_values') }}
    where field = 'phone'
),

-- The strongest link says how surely a profile is this person's.
ends as (
    {% for side in ['left', 'right'] %}
    select
        {{ side }}_profile_id as profile_id,
        max(case when rule like 'same_%' then greatest(weight, 0) + {{ rules.rule_bits }} else weight end) as bits
    from links
    group by {{ side }}_profile_id
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

belonging as (
    select
        profile_id,
        max(bits) as bits
    from ends
    group by profile_id
),

-- First what is made of the texts alone: afterwards a join has but numbers to carry.
keyed as (
    select
        profile_id,
        feed,
        kind,
        first_seen_at,
        last_seen_at,
        case when nullif(trim(record_id), '') is not null then hash(feed || ' ' || trim(record_id)) end as record_key,
        hash(feed) as feed_key,
        coalesce(company_name_clean, company_number_clean, vat_number_clean) is not null or kind = 'interactions'
            as is_at_work,
        case when not {{ is_initials('given_name_clean') }} then hash({{ folded('given_name_clean') }}) end as given_name_key,
        case when family_name_clean is not null then hash({{ folded('family_name_clean') }}) end as family_name_key,
        cast(given_name_clean is not null as integer) + cast(family_name_clean is not null as integer) as name_parts,
        case when birth_date_clean is not null then hash(birth_date_clean) end as birth_date_key,
        case when gender_clean is not null then hash(gender_clean) end as gender_key,
        case when email_clean is not null then hash(email_clean) end as email_key,
        case when phone_clean is not null then hash(phone_clean) end as phone_key,
        -- A street is spelt in many ways; postcode and house number say which one it is.
        case
            when street_clean is not null and coalesce(postcode_clean, city_clean) is not null
                then hash(
                    country_clean,
                    coalesce(postcode_clean, {{ folded('city_clean') }}),
                    coalesce({{ folded('house_number_clean') }}, {{ folded('street_clean') }})
                )
        end as address_key,
        case
            when postcode_clean is not null then hash(country_clean, postcode_clean)
        end as area_key,
        case
            when coalesce(city_clean, country_clean) is not null then hash(country_clean, {{ folded('city_clean') }})
        end as place_key,
        case when company_name_clean is not null then hash({{ folded('company_name_clean') }}) end as company_key,
        nullif(trim(job_title), '') is not null as has_job_title,
        case when nullif(trim(customer_number), '') is not null then hash(trim(customer_number)) end as customer_number_key,
        -- Over this number customers' own forms, orders and tickets repeat one account; a list keeps a record of its own.
        case when kind <> 'list_prospects' then customer_number_key end as account_key,
        case when language_clean is not null then hash(language_clean) end as language_key,
        {% for attribute in ['occupation', 'income_band', 'marital_status', 'interests'] %}
        case when nullif(trim({{ attribute }}), '') is not null then hash(lower(trim({{ attribute }}))) end
            as {{ attribute }}_key,
        {% endfor %}
        case
            when try_cast(household_size as integer) is not null then hash(try_cast(household_size as integer))
        end as household_size_key
    from profiles_seen
),

final as (
    select
        profile_person.person_id,
        keyed.profile_id,
        keyed.kind,
        -- The accounts are one source with many records, like any feed that keeps records.
        case when keyed.account_key is not null then 'customer accounts' else keyed.feed end as source,
        coalesce(keyed.account_key, keyed.record_key, keyed.feed_key) as source_key,
        coalesce(keyed.account_key, keyed.record_key) is not null as is_maintained,
        keyed.kind in ('{{ rules.copying_kinds | join("', '") }}') as is_copying,
        keyed.is_at_work,
        -- No link is needed where there is nothing to link to; nothing is surer than a million to one.
        round(1 / (1 + pow(2, -least(coalesce(belonging.bits, 20), 20))), 6) as belonging_probability,
        case keyed.kind
            {%- for kind, points in rules.trust_of_kinds.items() %}
            when '{{ kind }}' then {{ points }}
            {%- endfor %}
            else 0
        end
        + case keyed.feed
            {%- for feed, points in rules.trust_of_feeds.items() %}
            when '{{ feed }}' then {{ points }}
            {%- endfor %}
            when '' then 0
            else 0
        end as trust_points,
        keyed.first_seen_at as first_stated_at,
        greatest(
            keyed.first_seen_at,
            case
                when keyed.kind in ('{{ rules.repeating_kinds | join("', '") }}')
                    then coalesce(mailboxes.stated_at, keyed.first_seen_at)
                else keyed.last_seen_at
            end
        ) as last_stated_at,
        mailboxes.answered_at,
        coalesce(mailboxes.is_dead, false) as is_dead,
        keyed.given_name_key,
        keyed.family_name_key,
        keyed.name_parts,
        keyed.birth_date_key,
        keyed.gender_key,
        case when bad_emails.value_key is null then keyed.email_key end as email_key,
        case when bad_phones.value_key is null then keyed.phone_key end as phone_key,
        keyed.address_key,
        keyed.area_key,
        keyed.place_key,
        case when profile_account.account_id is not null then hash(profile_account.account_id) else keyed.company_key end
            as work_key,
        keyed.has_job_title,
        keyed.customer_number_key,
        keyed.language_key,
        keyed.occupation_key,
        keyed.income_band_key,
        keyed.marital_status_key,
        keyed.interests_key,
        keyed.household_size_key
    from keyed
    inner join profile_person on keyed.profile_id = profile_person.profile_id
    inner join feeds on keyed.feed = feeds.feed
    left join profile_account on keyed.profile_id = profile_account.profile_id
    left join mailboxes on keyed.profile_id = mailboxes.profile_id
    left join belonging on keyed.profile_id = belonging.profile_id
    left join bad_emails on keyed.email_key = bad_emails.value_key
    left join bad_phones on keyed.phone_key = bad_phones.value_key
    where
        not coalesce({{ licence_has_ended('feeds') }}, false)
        and not {{ is_withdrawn('keyed.feed') }}
)

select * from final
