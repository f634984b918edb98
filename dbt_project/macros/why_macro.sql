-- Table macro core.why(person_id, field): every value of the field that was ever known of the person, the golden one first,
-- with source, dates and the rule that decided. It names no catalogue: it works wherever the published file is opened
-- alone or is the one in `use`. A hook, because dbt has no such thing as a macro of the database.
{% macro why_macro() -%}
    create or replace macro {{ this.schema }}.why(person, field) as table
    select
        attribute,
        value,
        is_golden,
        rule,
        reason,
        right_probability,
        verify_by,
        feed,
        profile_id,
        first_stated_date,
        last_stated_date,
        last_used_date,
        source_count,
        score
    from core.person_values
    where
        person_id = person
        and attribute = case field
            {%- set fields = {
                'name': ['given_name', 'family_name'],
                'birth_date': ['is_minor', 'age'],
                'address': ['street', 'house_number', 'postcode', 'postcode_area', 'city', 'country'],
                'work': ['company_name', 'job_title', 'account_id', 'employer'],
                'household_size': ['declared_household_size'],
            } %}
            {%- for attribute, parts in fields.items() %}
            {%- for part in parts %}
            when '{{ part }}' then '{{ attribute }}'
            {%- endfor %}
            {%- endfor %}
            else field
        end
    order by value_rank
{%- endmacro %}
