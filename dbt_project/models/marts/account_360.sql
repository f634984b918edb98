{% set roles = ['decider', 'buyer', 'finance', 'influencer', 'user'] %}
{% set is_interested = "engaged.last_interest_at >= " ~ days_before_end(var('interest_window_days')) %}

with

accounts as (
    select * from {{ ref('dim_account') }}
),

nace_divisions as (
    select
        nace_division,
        nace_division_text,
        nace_section,
        nace_section_text
    from {{ ref('nace_divisions') }}
),

registered as (
    select * from {{ ref('int_accounts_registered') }}
),

ordered as (
    select * from {{ ref('int_accounts_ordered') }}
),

engaged as (
    select * from {{ ref('int_accounts_engaged') }}
),

sites as (
    select
        account_id,
        count(*) as site_count,
        list(distinct address.postcode_area order by address.postcode_area) as site_postcode_areas
    from {{ ref('int_accounts_sited') }}
    group by account_id
),

contacts as (
    select
        account_id,
        count(*) as contact_count,
        {% for role in roles %}
        count(*) filter (where is_current and buying_role = '{{ role }}') as {{ role }}_contact_count,
        {% endfor %}
        count(*) filter (where is_current) as current_contact_count
    from {{ ref('int_contacts_roled') }}
    group by account_id
),

-- A group's revenue is summed over its companies once, however many levels there are between them.
account_groups as (
    select
        registered.group_account_id,
        sum(ordered.net_revenue) as net_revenue,
        sum(ordered.recent_net_revenue) as recent_net_revenue
    from registered
    inner join ordered on registered.account_id = ordered.account_id
    group by registered.group_account_id
),

joined as (
    select
        accounts.account_id,
        accounts.postcode_area,
        accounts.country,
        registered.has_company_number,
        registered.has_vat_number,
        accounts.legal_form,
        accounts.founded_year,
        accounts.nace_code,
        accounts.nace_division,
        nace_divisions.nace_division_text,
        nace_divisions.nace_section,
        nace_divisions.nace_section_text,
        accounts.employee_count,
        accounts.turnover_amount,
        accounts.turnover_currency,
        registered.turnover_band,
        registered.size_band,
        coalesce(sites.site_count, 0) as site_count,
        sites.site_postcode_areas,
        accounts.parent_account_id,
        registered.group_account_id,
        registered.group_account_count,
        registered.group_employee_count,
        cast(coalesce(account_groups.net_revenue, 0) as decimal(18, 2)) as group_net_revenue,
        cast(coalesce(account_groups.recent_net_revenue, 0) as decimal(18, 2)) as group_recent_net_revenue,
        accounts.is_registered,
        accounts.is_known_from_outside_only,
        accounts.first_seen_at,
        accounts.last_seen_at,

        case
            when coalesce(ordered.order_count, 0) = 0 then 'prospect'
            when ordered.recent_order_count > 0 then 'customer'
            else 'former'
        end as account_status,
        -- The first rule that holds gives the tier and its reason together.
        case
            when ordered.revenue_rank >= {{ var('tier_a_from_rank') }}
                then {
                    'tier': 'A',
                    'reason': 'among the first by revenue of the last {{ var("loyal_window_days") }} days'
                }
            when ordered.recent_order_count > 0 and registered.size_band = 'large'
                then { 'tier': 'A', 'reason': 'buys, and is or belongs to a large company: room to grow' }
            when ordered.recent_order_count > 0
                then { 'tier': 'B', 'reason': 'ordered in the last {{ var("loyal_window_days") }} days' }
            when {{ is_interested }} and registered.size_band in ('medium', 'large')
                then {
                    'tier': 'B',
                    'reason': concat(
                        'does not buy now, but is ', registered.size_band, '-sized and showed interest on ',
                        strftime(engaged.last_interest_at, '%Y-%m-%d')
                    )
                }
            when ordered.order_count > 0
                then {
                    'tier': 'C',
                    'reason': concat('ordered last on ', strftime(ordered.last_order_date, '%Y-%m-%d'))
                }
            when {{ is_interested }}
                then {
                    'tier': 'C',
                    'reason': concat(
                        'never ordered, but showed interest on ', strftime(engaged.last_interest_at, '%Y-%m-%d')
                    )
                }
            else {
                'tier': 'D',
                'reason': 'no order, and no interest in the last {{ var("interest_window_days") }} days'
            }
        end as account_tier,
        coalesce(contacts.contact_count, 0) as contact_count,
        coalesce(contacts.current_contact_count, 0) as current_contact_count,
        {% for role in roles %}
        coalesce(contacts.{{ role }}_contact_count, 0) as {{ role }}_contact_count,
        {% endfor %}
        coalesce(ordered.order_count, 0) as order_count,
        coalesce(ordered.recent_order_count, 0) as recent_order_count,
        ordered.first_order_date,
        ordered.last_order_date,
        coalesce(ordered.gross_revenue, 0) as gross_revenue,
        coalesce(ordered.net_revenue, 0) as net_revenue,
        coalesce(ordered.recent_net_revenue, 0) as recent_net_revenue,
        ordered.average_basket_amount,
        ordered.discount_share,
        ordered.usual_product_ids,
        ordered.usual_categories,
        engaged.interaction_count,
        engaged.recent_interaction_count,
        engaged.recent_contact_cost,
        engaged.last_interaction_at,
        engaged.last_interaction_type,
        engaged.last_interaction_place,
        engaged.last_sales_rep,
        engaged.last_outcome,
        engaged.last_met_at,
        engaged.last_met_place,
        engaged.last_call_at,
        engaged.usual_sales_rep,
        engaged.form_count,
        engaged.last_form_at,
        engaged.ticket_count,
        engaged.open_ticket_count,
        engaged.last_ticket_at,
        engaged.contact_open_ticket_count,
        greatest(
            cast(ordered.last_order_date as timestamp),
            engaged.last_interaction_at,
            engaged.last_form_at,
            engaged.last_ticket_at
        ) as last_contact_at
    from accounts
    inner join registered on accounts.account_id = registered.account_id
    inner join engaged on accounts.account_id = engaged.account_id
    left join nace_divisions on accounts.nace_division = nace_divisions.nace_division
    left join sites on accounts.account_id = sites.account_id
    left join contacts on accounts.account_id = contacts.account_id
    left join ordered on accounts.account_id = ordered.account_id
    left join account_groups on registered.group_account_id = account_groups.group_account_id
),

final as (
    select
        joined.* exclude (account_tier),
        joined.account_tier.tier as account_tier,
        joined.account_tier.reason as account_tier_reason,
        list_filter(
            [
                {% for role in roles %}
                case when {{ role }}_contact_count = 0 then '{{ role }}' end{{ ',' if not loop.last }}
                {% endfor %}
            ],
            lambda role: role is not null
        ) as missing_roles,
        cast(
            (
                {% for role in roles %}
                cast({{ role }}_contact_count > 0 as integer){{ ' +' if not loop.last }}
                {% endfor %}
            ) / {{ roles | length }} as decimal(9, 4)
        ) as role_coverage_share,
        {{ base_currency() }} as currency
    from joined
)

select * from final
