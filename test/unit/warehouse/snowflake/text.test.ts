import { describe, expect, it } from 'vitest';
import { readsOf } from '../../../../src/warehouse/snowflake/text/reads.ts';
import { renamed } from '../../../../src/warehouse/snowflake/text/renamed.ts';
import { createView, definitionOf, readView } from '../../../../src/warehouse/snowflake/text/view.ts';

const green = { database: 'DB', schema: 'GREEN' };
const live = { database: 'DB', schema: 'LIVE' };
const named = (schema: string, identifier: string) => ({ location: '', database: 'DB', schema, identifier });

describe('the text of a view', () => {
  it('is read from the statement that created it, and written under another name', () => {
    const view = readView('create or replace secure view db.green.v copy grants as (select 1 as "a" -- one\n);');
    expect(view).toEqual({ secure: true, recursive: false, head: '', query: '(select 1 as "a" -- one\n)' });
    if (view === 'unreadable') return;
    expect(createView(named('LIVE', 'V'), definitionOf(view))).toBe(
      'create or replace secure view DB.LIVE.V copy grants as\n(select 1 as "a" -- one\n)',
    );
  });

  it('says what it reads, and reads the live side when it is renamed', () => {
    const query = 'select db.green.orders.id from db.green.orders -- green.orders';
    expect(readsOf(query, green)).toEqual([named('GREEN', 'ORDERS')]);
    expect(renamed(query, green, live, [[named('GREEN', 'ORDERS'), named('LIVE', 'ORDERS')]])).toEqual({
      query: 'select db.LIVE.orders.id from db.LIVE.orders -- green.orders',
    });
  });
});
