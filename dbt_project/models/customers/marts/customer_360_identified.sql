{{ config(alias='customer_360', meta=customers_asset('marts', 'customer_360')) }}

with

people as (
    select * from {{ ref('dim_person_identified') }}
),

customer_360 as (
    select * from {{ ref('customer_360') }}
),

final as (
    select
        people.customer_number,
        people.given_name,
        people.family_name,
        people.birth_date,
        people.email,
        people.phone,
        people.street,
        people.house_number,
        people.postcode,
        people.city,
        people.company_name,
        people.job_title,
        customer_360.* replace (
            cast(year(people.birth_date) as integer) as birth_year,
            {{ age('people.birth_date') }} as age,
            people.postcode_area as postcode_area
        )
    from customer_360
    inner join people on customer_360.person_id = people.person_id
)

select * from final
