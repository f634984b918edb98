{{ config(alias='segment_members', meta={'dagster': {'asset_key': ['customers', 'marts', 'segment_members']}}) }}

-- A copy: who works with names asks these questions in one file.
select * from {{ ref('segment_members') }}
