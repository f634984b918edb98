{{ config(materialized='view') }}

{{ timeline('person_id') }}
