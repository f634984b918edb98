-- A word that is not understood suspends its contact points; where that takes out many, a column or its values are
-- wrong, and publishing waits until the contract explains the word. The run names it.
with

ruled as (
    select
        contact_point_id,
        bool_or(rule = 'suspended') as is_suspended
    from {{ ref('int_permissions_ruled') }}
    where
        is_marketing
        and rule in ('suspended', 'consent', 'contract', 'legitimate_interest', 'soft_opt_in')
    group by contact_point_id
)

select
    count(*) as contact_points,
    count(*) filter (where is_suspended) as suspended_points
from ruled
having
    count(*) filter (where is_suspended) > {{ var('suspended_share_at_most') }} * count(*)
    and count(*) filter (where is_suspended) >= {{ var('suspended_points_at_least') }}
