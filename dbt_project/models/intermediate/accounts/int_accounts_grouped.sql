-- Registers err: a parent may lead back to its own subsidiary. Such a ring is one group, headed by its first company.
with recursive

accounts as (
    select
        account_id,
        parent_account_id
    from {{ ref('dim_account') }}
),

-- `union` keeps each pair once, so a ring ends.
ancestors as (
    select
        account_id,
        parent_account_id as ancestor_id
    from accounts
    where parent_account_id is not null
    union
    select
        ancestors.account_id,
        accounts.parent_account_id as ancestor_id
    from ancestors
    inner join accounts on ancestors.ancestor_id = accounts.account_id
    where accounts.parent_account_id is not null
),

tops as (
    select account_id
    from accounts
    where parent_account_id is null
    union
    select account_id
    from ancestors
    where account_id = ancestor_id
),

lines as (
    select
        account_id,
        ancestor_id
    from ancestors
    union
    select
        account_id,
        account_id as ancestor_id
    from accounts
),

final as (
    select
        lines.account_id,
        min(lines.ancestor_id) as group_account_id
    from lines
    inner join tops on lines.ancestor_id = tops.account_id
    group by lines.account_id
)

select * from final
