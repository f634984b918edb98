-- People from 18 to 25.
select
    person_id,
    age
from {{ ref('customer_360') }}
where age between 18 and 25
