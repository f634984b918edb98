{{ facts_of_people(
    'survey_responses', ['survey_id', 'question_id', 'score', 'product_id', 'campaign_id']
) }}
