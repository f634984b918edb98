{{ facts_of_people(
    'consents', ['consent_action', 'purpose', 'channel', 'wording_version', 'is_confirmed']
) }}
