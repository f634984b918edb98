-- The macro arrival keeps ten digits for the row of a load, and what is left of 64 bits for the load.
select
    feed,
    load_number,
    rows_read
from {{ ref('source_quality') }}
where load_number >= 900000000 or rows_read >= 10000000000
