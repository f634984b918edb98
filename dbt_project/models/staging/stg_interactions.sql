with

versions as (
    {{ newest_versions('interactions') }}
),

final as (
    select
        feed,
        record_key,
        profile_id,
        event_at,
        interaction_type,
        place,
        sales_rep,
        outcome,
        product_id
    from versions
)

select * from final
