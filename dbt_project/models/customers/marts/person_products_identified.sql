{{ config(alias='person_products', meta=customers_asset('marts', 'person_products')) }}

-- A copy: who works with names asks these questions in one file.
select * from {{ ref('person_products') }}
