import { readlink } from 'node:fs/promises';
import { tellsTheStory } from './story.suite.ts';

tellsTheStory({
  engine: 'duckdb',
  rows: "count(*) || ' ' || bit_xor(hash(t))",
  live: ({ repository }) => readlink(repository.live),
});
