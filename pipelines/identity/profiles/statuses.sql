-- What a value tells depends on how many hold it: identity_statuses, one row per value that is not ordinary.
-- bad: identifies nobody (customers.identity.bad_values). 0 to 8: how rare a name is. several: a contact point
-- that several full given names write. crowded: an address of many family names. Counted over active profiles.

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
