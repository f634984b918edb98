{{ facts_of_people(
    'support_tickets',
    [
        'ticket_id', 'category', 'ticket_status', 'contact_channel', 'product_id', 'closed_at', 'satisfaction_score',
    ],
    with_account=true
) }}
