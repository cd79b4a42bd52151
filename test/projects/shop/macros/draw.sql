{#
  A whole number from 0 to below - 1 that looks random and is the same on every engine and every day: integer
  arithmetic alone. `number` is a bigint expression, `salt` tells the draws of one row apart. Squaring a number
  below 2^31 stays below 2^62, so it fits a bigint.
#}
{% macro draw(number, salt, below) -%}
  {%- set mixed = 'mod(' ~ number ~ ' * 48271 + ' ~ (salt * 104729 + 20260104) ~ ', 2147483647)' -%}
  mod(mod({{ mixed }} * {{ mixed }} + {{ salt * 7919 }}, 2147483647), {{ below }})
{%- endmacro %}

{# The day that lies `days` after `first`, as a date; dbt's own dateadd answers with a timestamp on some engines. #}
{% macro day_after(first, days) -%}
  cast({{ dbt.dateadd('day', days, "cast('" ~ first ~ "' as date)") }} as date)
{%- endmacro %}

{# One row for each number from 1, as a bigint. #}
{% macro numbers(how_many) -%}
  select cast(generated_number as {{ dbt.type_bigint() }}) as n from ({{ dbt.generate_series(how_many) }}) as series
{%- endmacro %}
