-- Once, narrow, for all kinds: so staging is views over the landed files, which read no more than is asked of them.
with

{% for kind in kinds().split(',') %}
{{ kind }} as (
    {{ superseded_rows(kind) }}
),

{% endfor %}
final as (
    {% for kind in kinds().split(',') %}
    select * from {{ kind }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
