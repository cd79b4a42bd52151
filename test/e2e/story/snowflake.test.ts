import { tellsTheStory } from './story.suite.ts';

tellsTheStory({
  engine: 'snowflake',
  rows: "count(*) || ' ' || hash_agg(*)",
  live: async (stage) => {
    const found = await stage.ask(
      "select table_name, created from information_schema.tables where table_schema = 'ANALYTICS' order by 1",
    );
    return JSON.stringify(found);
  },
});
