import { tellsTheStory } from './story.suite.ts';

tellsTheStory({
  engine: 'bigquery',
  rows: "concat(cast(count(*) as string), ' ', cast(bit_xor(cast(concat('0x', substr(to_hex(md5(to_json_string(t))), 1, 15)) as int64)) as string))",
  names:
    "select concat(table_schema, '.', table_name) as name from `region-us`.INFORMATION_SCHEMA.TABLES where starts_with(table_schema, 'analytics') and not contains_substr(table_schema, '__') order by name",
  // Three slots take turns, and what was rolled back or refused took some of them.
  furthest: null,
  live: async (stage) => {
    const found = await stage.ask(
      'select table_name, view_definition from analytics.INFORMATION_SCHEMA.VIEWS order by table_name',
    );
    return JSON.stringify(found);
  },
});
