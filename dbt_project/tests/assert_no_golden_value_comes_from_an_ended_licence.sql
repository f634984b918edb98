-- A bought list is lent: the day after its licence ends nothing of it stands in anybody's record.
with

person_values as (
    select * from {{ ref('dim_person_values') }}
),

feeds as (
    select * from {{ source('raw', 'feeds') }}
)

select
    person_values.person_id,
    person_values.attribute
from person_values
inner join feeds on person_values.feed = feeds.feed
where feeds.licence_valid_until < {{ as_of() }}
