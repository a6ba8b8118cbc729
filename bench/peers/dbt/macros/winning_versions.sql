{#-
  The version of each key whose content first arrived last. Few keys have several records, so only theirs are compared.
-#}
{%- macro winning_versions(relation, key, content) -%}
with contested_keys as (
  select {{ key | join(", ") }}
  from {{ relation }}
  group by {{ key | join(", ") }}
  having count(*) > 1
),
versions as (
  select {{ content | join(", ") }}, min(arrival) as arrival
  from {{ relation }}
  semi join contested_keys using ({{ key | join(", ") }})
  group by {{ content | join(", ") }}
)
select {{ content | join(", ") }}, arrival
from {{ relation }}
anti join contested_keys using ({{ key | join(", ") }})
union all
(
  select {{ content | join(", ") }}, arrival
  from versions
  qualify row_number() over (partition by {{ key | join(", ") }} order by arrival desc) = 1
)
{%- endmacro -%}
