-- The statuses of values, by how many active profiles have them: identity_statuses, one row per value that is not ordinary.
-- bad: identifies nobody (customers.identity.bad_values). 0 to 8: rarity class of a name, 0 the most frequent. crowded: an
-- address of many family names. shared_mailboxes.sql adds shared: a contact point of several people.

create or replace temp macro identity_rarity(holders) as
    case
        when holders < {fewest} then {rarest}
        else greatest(0, least({rarest}, ceil(log2({size} / 100 / holders)))::integer)
    end;

create or replace temp table identity_statuses as
select field, value, 'bad' as status
from identity_bad_values

union all
select 'given_name', given_name, identity_rarity(count(*))::varchar
from {given_name}
where given_name is not null
group by given_name
having identity_rarity(count(*)) < {rarest}

union all
select 'family_name', family_name, identity_rarity(count(*))::varchar
from {family_name}
where family_name is not null
group by family_name
having identity_rarity(count(*)) < {rarest}

union all
select 'address', address, 'crowded'
from {address}
where address is not null and family_name is not null
group by address
having count(distinct family_name) >= {crowded}
