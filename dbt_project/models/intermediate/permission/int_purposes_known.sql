-- What somebody may be contacted for, as acts, contracts and variables name it; any other word is none that is known.
with

consents as (
    select * from {{ ref('stg_consents') }}
),

feeds as (
    select * from {{ source('raw', 'feeds') }}
),

named as (
    select purpose from consents
    where consent_action in ('grant', 'confirm')
    union all
    select permission_purpose as purpose from feeds
    union all
    select unnest(permission_soft_opt_in) as purpose from feeds
    union all
    select unnest(licence_purposes) as purpose from feeds
    union all
    select 'newsletter' as purpose
    {% for purpose in var('service_purposes') -%}
    union all
    select '{{ purpose }}' as purpose
    {% endfor %}
),

spelt as (
    select distinct lower(trim(purpose)) as purpose
    from named
    where nullif(trim(purpose), '') is not null
),

final as (
    select
        purpose,
        {{ normal_word('purpose') }} as purpose_word,
        {{ words_of_purpose('purpose') }} as purpose_words
    from spelt
    where {{ normal_word('purpose') }} not in {{ purposes_that_mean_all() }}
)

select * from final
