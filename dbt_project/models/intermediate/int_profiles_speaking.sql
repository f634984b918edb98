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
    select value from {{ source('customers_identity', 'bad_values') }}
    where field = 'email'
),

bad_phones as (
    select value from {{ source('customers_identity', 'bad_values') }}
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

speaking as (
    select
        profile_person.person_id,
        profile_account.account_id,
        -- Over this number customers' own forms, orders and tickets repeat one account; a list keeps a record of its own.
        case
            when profiles_seen.kind <> 'list_prospects' then nullif(trim(profiles_seen.customer_number), '')
        end as account_number,
        nullif(trim(profiles_seen.record_id), '') as source_record,
        case
            when profiles_seen.kind in ('{{ rules.repeating_kinds | join("', '") }}')
                then coalesce(mailboxes.stated_at, profiles_seen.first_seen_at)
            else profiles_seen.last_seen_at
        end as stated_at,
        mailboxes.answered_at,
        coalesce(mailboxes.is_dead, false) as is_dead,
        -- No link is needed where there is nothing to link to; nothing is surer than a million to one.
        round(1 / (1 + pow(2, -least(coalesce(belonging.bits, 20), 20))), 6) as belonging_probability,
        coalesce(profiles_seen.company_name_clean, profiles_seen.company_number_clean, profiles_seen.vat_number_clean)
            is not null or profiles_seen.kind = 'interactions' as is_at_work,
        case when bad_emails.value is null then profiles_seen.email_clean end as email,
        case when bad_phones.value is null then profiles_seen.phone_clean end as phone,
        profiles_seen.*
    from profiles_seen
    inner join profile_person on profiles_seen.profile_id = profile_person.profile_id
    inner join feeds on profiles_seen.feed = feeds.feed
    left join profile_account on profiles_seen.profile_id = profile_account.profile_id
    left join mailboxes on profiles_seen.profile_id = mailboxes.profile_id
    left join belonging on profiles_seen.profile_id = belonging.profile_id
    left join bad_emails on profiles_seen.email_clean = bad_emails.value
    left join bad_phones on profiles_seen.phone_clean = bad_phones.value
    where
        not coalesce({{ licence_has_ended('feeds') }}, false)
        and profiles_seen.feed not in ('{{ rules.withdrawn_feeds | join("', '") }}')
),

final as (
    select
        person_id,
        profile_id,
        feed,
        kind,
        -- The accounts are one source with many records, like any feed that keeps records.
        case when account_number is not null then 'customer accounts' else feed end as source,
        hash(coalesce(account_number, feed || ' ' || source_record, feed)) as source_key,
        coalesce(account_number, source_record) is not null as is_maintained,
        kind in ('{{ rules.copying_kinds | join("', '") }}') as is_copying,
        is_at_work,
        belonging_probability,
        case kind
            {%- for kind, points in rules.trust_of_kinds.items() %}
            when '{{ kind }}' then {{ points }}
            {%- endfor %}
            else 0
        end
        + case feed
            {%- for feed, points in rules.trust_of_feeds.items() %}
            when '{{ feed }}' then {{ points }}
            {%- endfor %}
            when '' then 0
            else 0
        end as trust_points,
        first_seen_at as first_stated_at,
        greatest(first_seen_at, stated_at) as last_stated_at,
        answered_at,
        is_dead,
        case when not {{ is_initials('given_name_clean') }} then hash({{ folded('given_name_clean') }}) end as given_name_key,
        case when family_name_clean is not null then hash({{ folded('family_name_clean') }}) end as family_name_key,
        cast(given_name_clean is not null as integer) + cast(family_name_clean is not null as integer) as name_parts,
        case when birth_date_clean is not null then hash(birth_date_clean) end as birth_date_key,
        case when gender_clean is not null then hash(gender_clean) end as gender_key,
        case when email is not null then hash(email) end as email_key,
        case when phone is not null then hash(phone) end as phone_key,
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
        case
            when account_id is not null then hash(account_id)
            when company_name_clean is not null then hash({{ folded('company_name_clean') }})
        end as work_key,
        nullif(trim(job_title), '') is not null as has_job_title,
        case when nullif(trim(customer_number), '') is not null then hash(trim(customer_number)) end as customer_number_key,
        case when language_clean is not null then hash(language_clean) end as language_key,
        {% for attribute in ['occupation', 'income_band', 'marital_status', 'interests'] %}
        case when nullif(trim({{ attribute }}), '') is not null then hash(lower(trim({{ attribute }}))) end
            as {{ attribute }}_key,
        {% endfor %}
        case
            when try_cast(household_size as integer) is not null then hash(try_cast(household_size as integer))
        end as household_size_key
    from speaking
)

select * from final
