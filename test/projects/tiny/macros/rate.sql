{% macro rate() %}{{ env_var('TINY_RATE', '1') }}{% endmacro %}
