-- A title is spelt in many ways but there are few of them: each is tried once.
with

contacts as (
    select
        account_id,
        person_id,
        is_current,
        lower(strip_accents(job_title)) as job_title
    from {{ ref('dim_account_contact_identified') }}
),

buying_roles as (
    select
        role_rank,
        buying_role,
        job_title_pattern
    from {{ ref('buying_roles') }}
),

titles as (
    select distinct job_title
    from contacts
    where job_title is not null
),

title_roles as (
    select
        titles.job_title,
        arg_min(buying_roles.buying_role, buying_roles.role_rank) as buying_role
    from titles
    inner join buying_roles on regexp_matches(titles.job_title, buying_roles.job_title_pattern)
    group by titles.job_title
),

final as (
    select
        contacts.account_id,
        contacts.person_id,
        contacts.is_current,
        title_roles.buying_role
    from contacts
    left join title_roles on contacts.job_title = title_roles.job_title
)

select * from final
