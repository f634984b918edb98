{{ config(materialized='view') }}

{{ timeline('account_id') }}
