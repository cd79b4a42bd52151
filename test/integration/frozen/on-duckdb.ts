import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { ShopEngine } from './shop-engine.ts';

const schema = 'analytics';

/** A shop whose warehouse is a file in the project's folder. */
export const onDuckdb: ShopEngine = {
  output: { type: 'duckdb', path: 'warehouse/shop.duckdb', schema },
  folders: ['warehouse'],
  hand: ({ sides }) => ({
    adapter: 'duckdb',
    schema: { live: schema, idle: schema },
    make: (kind, relation, query) => [`create or replace ${kind} ${relation.schema}.${relation.name} as ${query}`],
    async run(side, statements) {
      const instance = await DuckDBInstance.create(sides[side][0]?.location);
      const connection = await instance.connect();
      try {
        for (const sql of statements) await connection.run(sql);
      } finally {
        connection.closeSync();
        instance.closeSync();
      }
    },
  }),
  async read(dir) {
    const instance = await DuckDBInstance.create(join(dir, 'warehouse', 'shop.duckdb'), { access_mode: 'READ_ONLY' });
    const connection = await instance.connect();
    try {
      const found = await connection.runAndReadAll(allVersions);
      return found.getRowsJson().flat().map(Number);
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  },
  async leftOver(dir, fence) {
    const known = new RegExp(`^(claims|marks|r\\d+|spent\\.\\d+|fence\\.${fence})$`);
    return (await readdir(join(dir, 'warehouse', '.shop.lastgreen'))).filter((name) => !known.test(name));
  },
};

/** All three relations in one statement. */
export const allVersions = `select distinct o.version, t.version, t.said, (t.orders / 10) * o.version
  from analytics.orders o, analytics.totals t, analytics.countries c`;
