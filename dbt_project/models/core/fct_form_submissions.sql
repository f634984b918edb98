{{ facts_of_people(
    'form_submissions',
    ['form_type', 'product_id', 'campaign_id', 'landing_page', 'source_code', 'coupon_code'],
    with_account=true
) }}
