{{ config(meta=customers_asset('marts', 'account_contacts')) }}

with

account_contacts as (
    select * from {{ ref('dim_account_contact_identified') }}
),

roles as (
    select
        account_id,
        person_id,
        buying_role
    from {{ ref('int_contacts_roled') }}
),

people as (
    select * from {{ ref('dim_person_identified') }}
),

final as (
    select
        account_contacts.account_id,
        account_contacts.person_id,
        people.given_name,
        people.family_name,
        account_contacts.job_title,
        roles.buying_role,
        people.email,
        people.phone,
        account_contacts.is_current,
        account_contacts.valid_from,
        account_contacts.valid_to,
        account_contacts.last_seen_at
    from account_contacts
    inner join people on account_contacts.person_id = people.person_id
    inner join roles
        on account_contacts.account_id = roles.account_id and account_contacts.person_id = roles.person_id
)

select * from final
