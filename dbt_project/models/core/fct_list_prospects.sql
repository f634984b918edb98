{{ facts_of_people('list_prospects', ['list_name', 'prospect_segment'], with_account=true) }}
