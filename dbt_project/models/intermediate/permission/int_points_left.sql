-- What a grant stated under its key before it moved to another mailbox or number: whoever refused there refused for it.
with

states as (
    select distinct
        feed,
        record_key,
        profile_id
    from {{ ref('int_states_repeated') }}
    where is_grant and profile_id is not null
),

moved as (
    select
        states.profile_id,
        others.profile_id as left_profile_id
    from states
    inner join states as others
        on
            states.feed = others.feed
            and states.record_key = others.record_key
            and states.profile_id <> others.profile_id
),

profiles as (
    select
        profile_id,
        email_clean,
        phone_clean
    from {{ raw_profiles() }}
    where profile_id in (select moved.left_profile_id from moved)
),

final as (
    select
        moved.profile_id,
        'email' as contact_point_type,
        unnest({{ email_keys('profiles.email_clean') }}) as point_key
    from moved
    inner join profiles on moved.left_profile_id = profiles.profile_id
    where profiles.email_clean is not null
    union
    select
        moved.profile_id,
        'phone' as contact_point_type,
        unnest({{ phone_keys('profiles.phone_clean') }}) as point_key
    from moved
    inner join profiles on moved.left_profile_id = profiles.profile_id
    where profiles.phone_clean is not null
)

select * from final
