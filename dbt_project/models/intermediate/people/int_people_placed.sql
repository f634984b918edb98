-- As in dim_person, which is built anew every day for the ages in it.
with

golden_addresses as (
    select
        person_id,
        profile_id
    from {{ ref('int_values_ranked') }}
    where attribute = 'address' and value_rank = 1
),

profiles_seen as (
    select
        profile_id,
        country_clean
    from {{ ref('int_profiles_seen') }}
),

final as (
    select
        golden_addresses.person_id,
        profiles_seen.country_clean as country
    from golden_addresses
    inner join profiles_seen on golden_addresses.profile_id = profiles_seen.profile_id
    where profiles_seen.country_clean is not null
)

select * from final
