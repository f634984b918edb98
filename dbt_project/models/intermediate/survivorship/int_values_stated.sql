{% set rules = var('survivorship') %}
{#- What an attribute's rows are: its key, how complete they are (0 to 3), how it is proved by use. -#}
{% set attributes = {
    'given_name': ['given_name_key', '1'],
    'family_name': ['family_name_key', '1'],
    'birth_date': ['birth_date_key', '1'],
    'gender': ['gender_key', '1'],
    'email': ['email_key', '1'],
    'phone': ['phone_key', '1'],
    'address': ['address_key', 'address_parts'],
    'work': ['work_key', '1 + has_job_title::integer'],
    'customer_number': ['customer_number_key', '1'],
    'language': ['language_key', '1'],
    'occupation': ['occupation_key', '1'],
    'income_band': ['income_band_key', '1'],
    'household_size': ['household_size_key', '1'],
    'marital_status': ['marital_status_key', '1'],
    'interests': ['interests_key', '1'],
} %}
with

profiles as (
    select * from {{ ref('int_profiles_speaking') }}
),

-- A postcode alone speaks for the one address known within it.
only_doors as (
    select
        person_id,
        area_key,
        min(address_key) as address_key
    from profiles
    where address_key is not null and area_key is not null
    group by person_id, area_key
    having min(address_key) = max(address_key)
),

placed as (
    select
        profiles.* exclude (address_key),
        coalesce(
            profiles.address_key, only_doors.address_key, profiles.area_key, profiles.place_key
        ) as address_key,
        case
            when profiles.address_key is not null then 3
            when profiles.area_key is not null then 2
            else 1
        end as address_parts
    from profiles
    left join only_doors on profiles.person_id = only_doors.person_id and profiles.area_key = only_doors.area_key
),

-- What is weakly linked may be another person's, though no link stands by its weight alone; and of two that hang together
-- by one link, either may be the person.
counted as (
    select
        person_id,
        count(*) as profile_count
    from profiles
    group by person_id
),

belonging as (
    select
        placed.* replace (
            1 - (1 - greatest(placed.belonging_probability, {{ rules.least_belonging }}))
            * (1 - 1 / counted.profile_count) as belonging_probability
        ),
        case placed.kind
            {%- for kind, days in rules.job_learnt_days_before.items() %}
            when '{{ kind }}' then {{ days }}
            {%- endfor %}
            else 0
        end as job_learnt_before_days
    from placed
    inner join counted on placed.person_id = counted.person_id
),

final as (
    {% for attribute, (key, parts) in attributes.items() %}
    {%- set declared = var('survivorship').attributes[attribute] %}
    select
        person_id,
        '{{ attribute }}' as attribute,
        {{ key }} as value_key,
        source_key,
        -- The source is told by its key.
        any_value(source) as source,
        max(trust_points) as trust_points,
        bool_or(is_maintained) as is_maintained,
        bool_and(is_copying) as is_copying,
        {{ 'bool_and(is_at_work)' if declared.home_first else 'false' }} as is_at_work,
        max(belonging_probability) as belonging_probability,
        min(first_stated_at) as first_stated_at,
        max(last_stated_at) as last_stated_at,
        {%- if attribute == 'work' %}
        min(job_learnt_before_days) as learnt_before_days,
        {%- elif declared.home_first %}
        min(case when is_at_work then job_learnt_before_days else 0 end) as learnt_before_days,
        {%- else %}
        0 as learnt_before_days,
        {%- endif %}
        {%- if attribute == 'email' %}
        max(answered_at) as answered_at,
        bool_or(is_dead) as is_dead,
        {%- else %}
        {{ "max(last_stated_at) filter (where kind = 'sales')" if attribute == 'address' else 'null::timestamp' }}
            as answered_at,
        false as is_dead,
        {%- endif %}
        count(*) as profile_count,
        max({{ showing(parts, 'last_stated_at', 'profile_id') }}) as shown,
        max({{ parts }}) as parts
    from belonging
    where {{ key }} is not null
    group by person_id, {{ key }}, source_key
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
