{{ config(alias='person_products', meta={'dagster': {'asset_key': ['customers', 'marts', 'person_products']}}) }}

-- A copy: who works with names asks these questions in one file.
select * from {{ ref('person_products') }}
