import { tellsTheStory } from './story.suite.ts';

tellsTheStory({
  engine: 'postgres',
  rows: "count(*) || ' ' || sum(hashtextextended(t::text, 0)::numeric)",
  live: async (stage) => {
    const [row] = await stage.ask(
      "select string_agg(oid || ' ' || relname, ', ' order by oid) as live from pg_class where relnamespace = 'analytics'::regnamespace",
    );
    return String(row?.['live']);
  },
});
