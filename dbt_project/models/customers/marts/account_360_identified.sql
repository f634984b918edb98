{{ config(alias='account_360', meta=customers_asset('marts', 'account_360')) }}

with

accounts as (
    select * from {{ ref('dim_account_identified') }}
),

account_360 as (
    select * from {{ ref('account_360') }}
),

account_contacts as (
    select * from {{ ref('account_contacts') }}
),

-- Whom to call: of those who still name the company, the one heard of last.
main_contacts as (
    select * from account_contacts
    qualify
        row_number() over (
            partition by account_id order by is_current desc, last_seen_at desc, person_id
        ) = 1
),

final as (
    select
        accounts.company_name,
        accounts.company_number,
        accounts.vat_number,
        accounts.street,
        accounts.house_number,
        accounts.postcode,
        accounts.city,
        accounts.website,
        accounts.parent_company_number,
        main_contacts.person_id as contact_person_id,
        main_contacts.given_name as contact_given_name,
        main_contacts.family_name as contact_family_name,
        main_contacts.job_title as contact_job_title,
        main_contacts.email as contact_email,
        main_contacts.phone as contact_phone,
        account_360.*
    from account_360
    inner join accounts on account_360.account_id = accounts.account_id
    left join main_contacts on account_360.account_id = main_contacts.account_id
)

select * from final
