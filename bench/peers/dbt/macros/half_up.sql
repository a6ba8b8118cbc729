{#- The quotient of non-negative whole numbers, rounded half-up. -#}
{%- macro half_up(numerator, denominator, places) -%}
cast(
  ((2 * {{ 10 ** places }} * ({{ numerator }}) + ({{ denominator }})) // (2 * ({{ denominator }})))
  * cast({{ "0." ~ "0" * (places - 1) ~ "1" }} as decimal({{ places + 1 }},{{ places }}))
  as decimal(18,{{ places }})
)
{%- endmacro -%}
