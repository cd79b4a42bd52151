{% if var('last_words') is not none %}
select error('{{ var("last_words") }} {{ env_var("TINY_TOKEN", "") }}') as id
{% else %}
select id from {{ ref('orders') }}
{% endif %}
