-- What a release's statements took: lastgreen's own by the release in their tag, dbt's by the environment's tag and the time.
-- Parameters: {database}, any that is there, quoted; {from} and {until}, timestamps; {dbt}, dbt's tag; {release}, such as 'r42'.
-- The last seven days, and at most 10,000 statements.
-- Source: Snowflake documentation, "QUERY_HISTORY , QUERY_HISTORY_BY_*" (Information Schema).
select WAREHOUSE_NAME, count(*) as STATEMENTS, sum(EXECUTION_TIME) as MS
from table({database}.information_schema.query_history(
  end_time_range_start => {from}, end_time_range_end => {until}, result_limit => 10000))
where WAREHOUSE_NAME is not null
  and (QUERY_TAG = {dbt} or try_parse_json(QUERY_TAG):app::varchar = 'lastgreen' and try_parse_json(QUERY_TAG):release::varchar = {release})
group by WAREHOUSE_NAME
order by WAREHOUSE_NAME
