-- A word about no channel is about all of them; of two at one moment the withdrawal counts.
with

consents as (
    select * from {{ ref('fct_consents') }}
    where profile_id is not null
),

spoken as (
    select
        profile_id,
        purpose,
        unnest(
            case when channel is null then ['email', 'sms', 'phone', 'post', 'ads'] else [channel] end
        ) as channel,
        consent_action = 'grant' as is_granted,
        event_at
    from consents
),

final as (
    select
        profile_id,
        purpose,
        channel,
        arg_max(is_granted, row(event_at, not is_granted)) as is_granted,
        max(event_at) as said_at
    from spoken
    group by profile_id, purpose, channel
)

select * from final
