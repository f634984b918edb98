with

segment_members as (
    select * from {{ ref('segment_members') }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
),

profile_account as (
    select * from {{ source('identity', 'profile_account') }}
),

published as (
    select
        segment,
        member_type,
        person_id,
        account_id,
        entered_date,
        left_date
    from {{ previous_segment_history() }}
),

-- An id once issued is the number of a profile: whoever that profile is part of today takes over the history.
resolved as (
    select
        published.segment,
        published.member_type,
        coalesce(profile_person.person_id, published.person_id) as person_id,
        coalesce(profile_account.account_id, published.account_id) as account_id,
        -- Two histories that became one member's began with the earlier.
        min(published.entered_date) as entered_date,
        published.left_date
    from published
    left join profile_person on published.person_id = profile_person.profile_id
    left join profile_account on published.account_id = profile_account.profile_id
    group by all
),

past as (
    select * from resolved
    where left_date is not null
),

standing as (
    select * from resolved
    where left_date is null
),

present as (
    select
        coalesce(segment_members.segment, standing.segment) as segment,
        coalesce(segment_members.member_type, standing.member_type) as member_type,
        coalesce(segment_members.person_id, standing.person_id) as person_id,
        coalesce(segment_members.account_id, standing.account_id) as account_id,
        coalesce(standing.entered_date, {{ as_of() }}) as entered_date,
        case when segment_members.segment is null then {{ as_of() }} end as left_date
    from segment_members
    full outer join standing
        on
            segment_members.segment = standing.segment
            and segment_members.member_type = standing.member_type
            and coalesce(segment_members.person_id, segment_members.account_id)
            = coalesce(standing.person_id, standing.account_id)
),

final as (
    -- Two histories that became one member's may hold one stay twice.
    select * from past
    union
    select * from present
)

select * from final
