-- Table macro core.why(person_id, field): every value of the field that was ever known of the person, the golden one first,
-- with source, dates and the rule that decided. It names no catalogue: it works wherever the published file is opened
-- alone or is the one in `use`. A hook, because dbt has no such thing as a macro of the database.
-- Table macro core.why_fields(): every field it knows, columns of dim_person and the words of the card, and whose value each is.
{% macro why_macro() -%}
    {%- set fields = {
        'name': ['given_name', 'family_name'],
        'birth_date': ['born', 'age', 'is_minor'],
        'gender': [],
        'email': ['e-mail'],
        'phone': ['telephone'],
        'address': ['street', 'house_number', 'postcode', 'postcode_area', 'city', 'country'],
        'work': ['employer', 'company_name', 'job_title', 'account_id'],
        'customer_number': ['number'],
        'language': [],
        'occupation': [],
        'income_band': [],
        'household_size': ['declared_household_size'],
        'marital_status': [],
        'interests': [],
    } -%}
    create or replace macro {{ this.schema }}.why_fields() as table
    select
        attribute,
        unnest(words) as known_as
    from (
        values
        {% for attribute, others in fields.items() -%}
        ('{{ attribute }}', {{ [attribute] + others }}){{ ',' if not loop.last }}
        {% endfor -%}
    ) as fields (attribute, words);

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
        score,
        profile_count
    from core.person_values
    where
        person_id = person
        and attribute = (select known.attribute from core.why_fields() as known where known.known_as = lower(field))
    order by value_rank
{%- endmacro %}
