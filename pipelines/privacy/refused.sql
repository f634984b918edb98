-- Assigns each row of refusals.parquet to a profile. In braces: `refusals`, their files; `facts`, a query for the profile of
-- each row that became a fact; `profiles`, the profile files; `same_block`, the condition that contact blocks are equal;
-- `first_record`.

create or replace temp table refused as
select {columns}
from {refusals};

create or replace temp table recorded as
with landed as ({facts}),
profiles as (select * from {profiles}),
torn as (
    select refused.*
    from refused
    anti join landed using (load_number, row_number)
    where coalesce({block}) is not null
)

select refused.load_number, refused.row_number, any_value(landed.profile_id) as profile_id
from refused inner join landed using (load_number, row_number)
group by all
union all
-- A row that was torn in this load may have become a profile in another load.
select torn.load_number, torn.row_number, min(profiles.profile_id)
from torn inner join profiles on torn.feed = profiles.feed and {same_block}
group by all;

-- A row that never became a profile is a record of its own here, once per e-mail address it names.
create or replace temp table unrecorded as
with torn as (
    select refused.*
    from refused
    anti join recorded using (load_number, row_number)
    where
        coalesce({block}) is not null
        or coalesce(len(email_keys), 0) + coalesce(len(phone_keys), 0) > 0
),
blocks as (
    select feed, {block}, email_keys, phone_keys, number_key, min(load_number * 10000000000 + row_number) as arrival
    from torn
    group by all
)

select *, {first_record} + row_number() over (order by arrival) as profile_id
from blocks;

create or replace temp table refusal_rows as
select load_number, row_number, profile_id from recorded
union all
select torn.load_number, torn.row_number, unrecorded.profile_id
from refused as torn
anti join recorded using (load_number, row_number)
inner join unrecorded
    on
        torn.feed = unrecorded.feed
        and torn.email_keys is not distinct from unrecorded.email_keys
        and torn.phone_keys is not distinct from unrecorded.phone_keys
        and torn.number_key is not distinct from unrecorded.number_key
        and {same_unrecorded};

create or replace temp table refusal_blocks as
select
    profile_id,
    feed,
    {others},
    -- Several addresses in one cell, or an address that an erasure left for whoever shares it.
    unnest(case
        when len(email_keys) > 1 or email is null then if(len(email_keys) > 0, email_keys, [null])
        else [email]
    end) as email,
    coalesce(phone, phone_keys[1]) as phone,
    {absent},
    email_keys,
    phone_keys,
    number_key as number_form
from unrecorded;
