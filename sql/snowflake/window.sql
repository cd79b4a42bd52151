-- How long it was from the start of one statement of a session to the end of another, ms; the newest of each text.
-- Parameters: {database}, quoted; {session}, its number; bound: the text of the first statement, then of the last.
-- Source: Snowflake documentation, "QUERY_HISTORY, QUERY_HISTORY_BY_*" (Information Schema).
select datediff('millisecond', max(iff(QUERY_TEXT = ?, START_TIME, null)), max(iff(QUERY_TEXT = ?, END_TIME, null))) as MS
from table({database}.information_schema.query_history_by_session(session_id => {session}, result_limit => 1000))
