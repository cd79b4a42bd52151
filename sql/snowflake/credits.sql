-- The credits of the same statements, by warehouse. Known up to eight hours later, and to roles that may read the account's
-- usage alone.
-- Parameters: {from} and {until}, timestamps; {dbt}, dbt's tag; {release}, such as 'r42'.
-- Source: Snowflake documentation, "QUERY_ATTRIBUTION_HISTORY view" (Account Usage).
select WAREHOUSE_NAME, sum(CREDITS_ATTRIBUTED_COMPUTE) as CREDITS
from SNOWFLAKE.ACCOUNT_USAGE.QUERY_ATTRIBUTION_HISTORY
where START_TIME >= {from} and END_TIME <= {until}
  and (QUERY_TAG = {dbt} or try_parse_json(QUERY_TAG):app::varchar = 'lastgreen' and try_parse_json(QUERY_TAG):release::varchar = {release})
group by WAREHOUSE_NAME
