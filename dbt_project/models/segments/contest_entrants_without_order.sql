-- People who took part in a contest within a year and never bought.
select
    people.person_id,
    max(forms.event_at) as last_contest_at,
    count(*) as contest_count
from {{ ref('fct_form_submissions') }} as forms
inner join {{ ref('customer_360') }} as people on forms.person_id = people.person_id
where
    forms.form_type = 'contest'
    and forms.event_at >= {{ days_before_end(365) }}
    and people.lifecycle = 'prospect'
group by people.person_id
