-- What a value tells depends on how many hold it: identity_statuses, one row per value that is not ordinary.
-- bad: identifies nobody (customers.identity.bad_values). very_common, common, frequent, known: a name of many, of some, of a few. several: a contact point
-- that several full given names write. crowded: an address of many family names. Counted over active profiles.

create or replace temp table identity_statuses as
select field, value, 'bad' as status
from identity_bad_values

union all
select 'given_name', given_name, case
        when count(*) >= {very_common} then 'very_common' when count(*) >= {common} then 'common'
        when count(*) >= {frequent} then 'frequent' else 'known'
    end
from {given_name}
where given_name is not null
group by given_name
having count(*) >= {known}

union all
select 'family_name', family_name, case
        when count(*) >= {very_common} then 'very_common' when count(*) >= {common} then 'common'
        when count(*) >= {frequent} then 'frequent' else 'known'
    end
from {family_name}
where family_name is not null
group by family_name
having count(*) >= {known}

union all
select 'address', address, 'crowded'
from {address}
where address is not null and family_name is not null
group by address
having count(distinct family_name) >= {crowded}
