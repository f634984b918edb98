{{ config(alias='segment_members', meta=customers_asset('marts', 'segment_members')) }}

-- A copy: who works with names asks these questions in one file.
select * from {{ ref('segment_members') }}
