-- What refuses need only be recognised: what is not understood of a row widens it, until the contract explains it.
with

refusals as (
    select
        *,
        {{ arrival('landed') }} as refusal_id
    from {{ source('raw', 'refusals') }} as landed
),

feeds as (
    select * from {{ source('raw', 'feeds') }}
),

loads as (
    select * from {{ source('raw', 'loads') }}
),

codes as (
    select * from {{ source('raw', 'codes') }}
),

states as (
    select * from {{ ref('int_states_repeated') }}
),

permission_purposes as (
    select * from {{ ref('int_purposes_known') }}
),

event_words as (
    select * from {{ ref('event_words') }}
),

channel_words as (
    select * from {{ ref('channel_words') }}
),

reason_words as (
    select * from {{ ref('reason_words') }}
),

-- As the contract translates it now, else as it did.
explained as (
    select
        refusals.* exclude (said, purpose, channel, reason), -- noqa: RF02
        coalesce(word_codes.said, refusals.said) as said,
        -- Events are about what their contract says; where it says nothing, about every purpose.
        case
            when refusals.kind = 'newsletter_events' then feeds.permission_purpose
            else coalesce(purpose_codes.said, refusals.purpose)
        end as purpose_said,
        coalesce(channel_codes.said, refusals.channel) as channel_said,
        coalesce(reason_codes.said, refusals.reason) as reason_said
    from refusals
    left join feeds on refusals.feed = feeds.feed
    left join codes as word_codes
        on
            refusals.feed = word_codes.feed
            and word_codes.field in ('consent_action', 'event_type')
            and coalesce(refusals.word, if(refusals.said is null, '', null)) = word_codes.sent
    left join codes as purpose_codes
        on
            refusals.feed = purpose_codes.feed
            and purpose_codes.field = 'purpose'
            and coalesce(refusals.purpose_sent, if(refusals.purpose is null, '', null)) = purpose_codes.sent
    left join codes as channel_codes
        on
            refusals.feed = channel_codes.feed
            and channel_codes.field = 'channel'
            and coalesce(refusals.channel_sent, if(refusals.channel is null, '', null)) = channel_codes.sent
    left join codes as reason_codes
        on
            refusals.feed = reason_codes.feed
            and reason_codes.field = 'reason'
            and coalesce(refusals.reason_sent, if(refusals.reason is null, '', null)) = reason_codes.sent
    -- A code that is translated to nothing makes the row no act, and no entry.
    where
        refusals.point_digests is not null
        or (
            refusals.kind <> 'suppressions'
            and coalesce(word_codes.said <> '', true)
        )
        or (
            refusals.kind = 'suppressions'
            and coalesce(purpose_codes.said <> '', true)
            and coalesce(channel_codes.said <> '', true)
            and coalesce(reason_codes.said <> '', true)
        )
),

-- Words are few, rows are many.
spelt as (
    select coalesce(said, word) as spelling from explained
    union
    select purpose_said as spelling from explained
    union
    select channel_said as spelling from explained
    union
    select reason_said as spelling from explained
),

spellings as (
    select
        spelling,
        {{ normal_word('spelling') }} as word,
        {{ is_plain_word('spelling') }} as is_plain
    from spelt
    where spelling is not null
),

purpose_texts as (
    select distinct purpose_said as spelling
    from explained
    where purpose_said is not null
),

purposes_said as (
    select
        spelling,
        {{ normal_word('spelling') }} as word,
        true as is_whole
    from purpose_texts
    union
    select
        spelling,
        unnest({{ words_of_purpose('spelling') }}) as word,
        false as is_whole
    from purpose_texts
),

purposes_named as (
    select
        purpose,
        purpose_word as word
    from permission_purposes
    union
    select
        purpose,
        unnest(purpose_words) as word
    from permission_purposes
),

-- The known purposes that share a word with a text; understood where its every word is one of them, or it as a whole.
purposes_meant as (
    select
        purposes_said.spelling,
        list(distinct purposes_named.purpose order by purposes_named.purpose) filter (
            where purposes_named.purpose is not null
        ) as purposes,
        coalesce(bool_or(purposes_said.is_whole and purposes_named.purpose is not null), false)
        or coalesce(
            bool_and(purposes_named.purpose is not null) filter (where not purposes_said.is_whole), false
        ) as is_known
    from purposes_said
    left join purposes_named on purposes_said.word = purposes_named.word
    group by purposes_said.spelling
),

worded as (
    select
        explained.*,
        purposes.word as purpose_word,
        purposes_meant.purposes,
        coalesce(purposes_meant.is_known, false) as is_purpose_known,
        channels.word as channel_word,
        event_words.channel as own_channel,
        case
            when explained.kind = 'suppressions' then 'entry'
            when event_words.meaning not in ('grant', 'confirm') or acts.is_plain then event_words.meaning
        end as meaning,
        case when explained.kind = 'suppressions' then coalesce(reason_words.meaning, 'own') end as reason
    from explained
    left join spellings as acts on coalesce(explained.said, explained.word) = acts.spelling
    left join spellings as purposes on explained.purpose_said = purposes.spelling
    left join purposes_meant on explained.purpose_said = purposes_meant.spelling
    left join spellings as channels on explained.channel_said = channels.spelling
    left join spellings as reasons on explained.reason_said = reasons.spelling
    left join event_words on acts.word = event_words.word
    left join reason_words on reasons.word = reason_words.word
),

-- A flag that says no at first sight says nothing, but where the contract calls it an opt-out; said again it is no act.
acted as (
    select worded.*
    from worded
    left join feeds on worded.feed = feeds.feed
    left join states
        on
            worded.load_number = states.load_number
            and worded.row_number = states.row_number
            and not states.is_grant
    where
        -- What a corrected word turned out to be: nothing that refuses.
        coalesce(worded.meaning not in ('grant', 'confirm', 'send', 'open', 'click', 'neutral', 'bounce'), true)
        and (
            worded.kind <> 'consents'
            or coalesce(feeds.delivery <> 'snapshot', true)
            or worded.record_key is null
            or worded.meaning is null
            or coalesce(states.was_granted, false)
            or feeds.is_opt_out
        )
),

delivered_snapshots as (
    select
        feed,
        snapshot_date,
        bool_or(is_read) as is_read
    from loads
    where snapshot_date is not null
    group by feed, snapshot_date
),

snapshots as (
    select
        feed,
        snapshot_date,
        dense_rank() over (partition by feed order by snapshot_date) as place,
        max(snapshot_date) filter (where is_read) over (partition by feed) as newest_date
    from delivered_snapshots
),

-- The same row again, under any name, is one refusal: of a list from the snapshot on in which it (re)appeared.
placed as (
    select
        acted.*,
        coalesce(snapshots.place, 0) as place,
        hash(
            acted.feed, acted.row_hash, acted.said, acted.email_keys, acted.phone_keys, acted.number_key,
            acted.record_id_key, acted.point_digests
        ) as content_hash,
        snapshots.newest_date
    from acted
    left join snapshots on acted.feed = snapshots.feed and acted.snapshot_date = snapshots.snapshot_date
),

first_of_run as (
    select
        *,
        lag(place) over (partition by content_hash order by place, refusal_id) as place_before,
        max(snapshot_date) over (partition by content_hash) as last_snapshot_date
    from placed
),

standing as (
    select *
    from first_of_run
    where
        coalesce(place - place_before > 1, true)
        -- A public register is followed as it is now; what somebody asked us for stays.
        and (
            coalesce(reason <> 'register', true)
            or last_snapshot_date is null
            or newest_date is null
            or last_snapshot_date >= newest_date
        )
),

dated as (
    select
        *,
        {{ end_of_day('first_delivered_on', "coalesce(timezone, 'UTC')") }} as known_until
    from standing
),

final as (
    select
        dated.refusal_id,
        dated.feed,
        dated.kind,
        dated.load_number,
        dated.row_number,
        coalesce(dated.record_key, dated.row_hash) as record_key,
        dated.snapshot_date,
        dated.first_delivered_on,
        case
            when dated.point_digests is not null then 'withdrawal'
            when dated.kind = 'suppressions' and dated.reason = 'undeliverable' then 'bounce'
            when dated.kind = 'suppressions' then 'suppression'
            when dated.meaning = 'withdraw' then 'withdrawal'
            when dated.meaning = 'object' then 'objection'
            when dated.meaning = 'complaint' then 'complaint'
            when dated.meaning = 'hard_bounce' then 'bounce'
            else 'suspension'
        end as event_type,
        dated.reason,
        dated.reason_said as suppression_reason,
        -- The word, where it is not understood.
        case
            when dated.meaning is not null then null
            when dated.word <> dated.said then dated.word || ' -> ' || dated.said
            else coalesce(dated.said, dated.word, '')
        end as unknown_word,
        case
            when dated.meaning in ('object', 'complaint') then 'marketing'
            when dated.meaning = 'hard_bounce' or dated.reason in ('deceased', 'undeliverable') then 'everything'
            when dated.is_purpose_known then 'purpose'
            else 'marketing'
        end as covers,
        if(
            dated.is_purpose_known and len(dated.purposes) = 1, dated.purposes[1], lower(trim(dated.purpose_said))
        ) as purpose,
        if(dated.is_purpose_known, dated.purposes, []) as purposes,
        dated.purpose_word is not null
        and not dated.is_purpose_known
        and dated.purpose_word not in {{ purposes_that_mean_all() }} as is_purpose_unknown,
        case
            -- Some words name their channel: unsubscribed from SMS.
            when dated.own_channel is not null then [dated.own_channel]
            when channels.channel in ('email', 'sms', 'phone', 'post', 'ads') then [channels.channel]
            else ['email', 'sms', 'phone', 'post', 'ads']
        end as channels,
        dated.channel_word is not null and channels.channel is null as is_channel_unknown,
        coalesce(
            case
                when dated.is_day then {{ start_of_day('dated.event_at', "coalesce(dated.timezone, 'UTC')") }}
                else dated.event_at
            end,
            cast(dated.first_delivered_on as timestamp)
        ) as event_at,
        case
            when dated.event_at is null then dated.known_until
            -- Lists carry days: an entry counts until the end of its own.
            when dated.is_day or dated.kind = 'suppressions'
                then least(
                    {{ end_of_day("date_trunc('day', dated.event_at)", "coalesce(dated.timezone, 'UTC')") }},
                    dated.known_until
                )
            else least(dated.event_at, dated.known_until)
        end as blocks_until,
        dated.event_at is null as is_date_unreadable,
        dated.point_digests is not null as is_erased,
        dated.email_keys,
        dated.phone_keys,
        dated.number_key,
        dated.record_id_key,
        dated.country_clean,
        dated.postcode_clean,
        dated.city_clean,
        dated.house_number_clean,
        dated.street_clean,
        {{ given_key('dated.given_name_clean') }} as given_key,
        {{ family_key('dated.family_name_clean') }} as family_key,
        feeds.number_space
    from dated
    left join feeds on dated.feed = feeds.feed
    left join channel_words as channels on dated.channel_word = channels.word
)

select * from final
