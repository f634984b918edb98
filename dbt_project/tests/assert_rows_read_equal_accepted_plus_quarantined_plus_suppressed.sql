-- Invariant 2: every row of a load is accounted for. A refused file has no rows to account for.
select
    feed,
    load_number,
    rows_read,
    rows_accepted + rows_quarantined + rows_suppressed as rows_accounted_for
from {{ ref('source_quality') }}
where status <> 'refused' and rows_read <> rows_accepted + rows_quarantined + rows_suppressed
