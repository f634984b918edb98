{{ facts_of_people(
    'interactions', ['interaction_type', 'place', 'sales_rep', 'outcome', 'product_id'], with_account=true
) }}
