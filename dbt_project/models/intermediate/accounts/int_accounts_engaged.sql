{% set in_person = "interaction_type in ('visit', 'meeting', 'fair')" %}

with

accounts as (
    select account_id
    from {{ ref('dim_account') }}
),

contacts as (
    select
        account_id,
        person_id
    from {{ ref('dim_account_contact') }}
    where is_current
),

interaction_facts as (
    select * from {{ ref('fct_interactions') }}
    where account_id is not null
),

tickets as (
    select * from {{ ref('fct_support_tickets') }}
),

interactions as (
    select
        account_id,
        count(*) as interaction_count,
        count(*) filter (where event_at >= {{ days_before_end(365) }}) as recent_interaction_count,
        sum({{ contact_cost('interaction_type') }}) filter (
            where event_at >= {{ days_before_end(365) }}
        ) as recent_contact_cost,
        arg_max(
            { 'type': interaction_type, 'place': place, 'sales_rep': sales_rep, 'outcome': outcome },
            row(event_at, feed, record_key)
        ) as newest,
        max(event_at) as last_interaction_at,
        max(event_at) filter (where {{ in_person }}) as last_met_at,
        arg_max(place, row(event_at, feed, record_key)) filter (
            where {{ in_person }} and place is not null
        ) as last_met_place,
        max(event_at) filter (where interaction_type = 'call') as last_call_at,
        max(event_at) filter (where outcome in ('interested', 'quote', 'won')) as last_interest_at
    from interaction_facts
    group by account_id
),

by_sales_rep as (
    select
        account_id,
        sales_rep,
        count(*) as interaction_count,
        max(event_at) as last_interaction_at
    from interaction_facts
    where sales_rep is not null
    group by account_id, sales_rep
),

usual_sales_reps as (
    select
        account_id,
        arg_max(sales_rep, row(interaction_count, last_interaction_at, sales_rep)) as usual_sales_rep
    from by_sales_rep
    group by account_id
),

forms as (
    select
        account_id,
        count(*) as form_count,
        max(event_at) as last_form_at
    from {{ ref('fct_form_submissions') }}
    where account_id is not null
    group by account_id
),

own_tickets as (
    select
        account_id,
        count(*) as ticket_count,
        count(*) filter (where coalesce(ticket_status, '') <> 'closed') as open_ticket_count,
        max(event_at) as last_ticket_at
    from tickets
    where account_id is not null
    group by account_id
),

contact_tickets as (
    select
        contacts.account_id,
        count(*) as contact_open_ticket_count
    from tickets
    inner join contacts on tickets.person_id = contacts.person_id
    where coalesce(tickets.ticket_status, '') <> 'closed'
    group by contacts.account_id
),

final as (
    select
        accounts.account_id,
        coalesce(interactions.interaction_count, 0) as interaction_count,
        coalesce(interactions.recent_interaction_count, 0) as recent_interaction_count,
        cast(coalesce(interactions.recent_contact_cost, 0) as decimal(18, 2)) as recent_contact_cost,
        interactions.last_interaction_at,
        interactions.newest.type as last_interaction_type,
        interactions.newest.place as last_interaction_place,
        interactions.newest.sales_rep as last_sales_rep,
        interactions.newest.outcome as last_outcome,
        interactions.last_met_at,
        interactions.last_met_place,
        interactions.last_call_at,
        usual_sales_reps.usual_sales_rep,
        coalesce(forms.form_count, 0) as form_count,
        forms.last_form_at,
        greatest(interactions.last_interest_at, forms.last_form_at) as last_interest_at,
        coalesce(own_tickets.ticket_count, 0) as ticket_count,
        coalesce(own_tickets.open_ticket_count, 0) as open_ticket_count,
        own_tickets.last_ticket_at,
        coalesce(contact_tickets.contact_open_ticket_count, 0) as contact_open_ticket_count
    from accounts
    left join interactions on accounts.account_id = interactions.account_id
    left join usual_sales_reps on accounts.account_id = usual_sales_reps.account_id
    left join forms on accounts.account_id = forms.account_id
    left join own_tickets on accounts.account_id = own_tickets.account_id
    left join contact_tickets on accounts.account_id = contact_tickets.account_id
)

select * from final
