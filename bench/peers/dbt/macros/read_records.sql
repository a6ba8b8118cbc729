{#- The records of a dataset as text, numbered in arrival order. A line that is not an object has no values. -#}
{%- macro read_records(dataset, columns) -%}
select
  row_number() over () as arrival,
  {%- for column in columns %}
  {{ column }}{{ "," if not loop.last }}
  {%- endfor %}
from read_json(
  '{{ env_var("DAY_SOURCE") }}/{{ dataset }}-*.ndjson',
  format = 'newline_delimited',
  columns = { {%- for column in columns %}{{ column }}: 'varchar'{{ ", " if not loop.last }}{% endfor -%} },
  ignore_errors = true
)
{%- endmacro -%}

{#- A whole number. `try_cast` alone would round 2.5. -#}
{%- macro whole(column) -%}
case when not contains({{ column }}, '.') then try_cast({{ column }} as int) end
{%- endmacro -%}
