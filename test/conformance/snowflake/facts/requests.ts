import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { openerOf } from '../../../../src/warehouse/snowflake/connect.ts';
import { settles, yesOrNo } from '../../settles.ts';
import { type Ground, valueOf } from './ground.ts';

/** How long a statement may take to show up in the query history, ms. */
const SHOWS_MS = 30_000;

/** What becomes of requests. */
export function requestFacts(ground: Ground): void {
  const { account, ask, database, schema } = ground;
  const output = { ...account.profile, type: 'snowflake', database, schema: 'PUBLIC' };
  const there = async (name: string) =>
    (await ask(`show tables like '${name}' in schema ${schema}`)).length > 0 ? name : `no ${name}`;

  settles('a request of several statements stops at the first error; what came before stays', 'yes', async () => {
    await using opener = openerOf({ output, name: 'conformance' });
    const failed = await opener.with('facts', (session) =>
      session
        .script([`create table ${schema}.BEFORE (n int)`, 'select 1 / 0', `create table ${schema}.BEHIND (n int)`])
        .then(
          () => 'did not fail',
          () => 'failed',
        ),
    );
    const found = [failed, await there('BEFORE'), await there('BEHIND')].join(', ');
    return found === 'failed, BEFORE, no BEHIND' ? 'yes' : found;
  });

  settles('SYSTEM$CANCEL_ALL_QUERIES stops a request of several before its next statement', 'yes', async () => {
    await using opener = openerOf({ output, name: 'conformance' });
    const session = Promise.withResolvers<string>();
    const sent = opener
      .with('facts', (own) => {
        session.resolve(own.id);
        return own.script(['select system$wait(60)', `create table ${schema}.AFTER_CANCEL (n int)`]);
      })
      .then(
        () => 'it came to its end',
        (error: unknown) => (/cancel/i.test(String(error)) ? 'cancelled' : String(error)),
      );
    const id = Number(await session.promise);
    const waits = `select count(*) from table("${database}".information_schema.query_history_by_session(session_id => ${id}))
      where query_text = 'select system$wait(60)' and execution_status <> 'SUCCESS' and execution_status not like 'FAILED%'`;
    const start = performance.now();
    while (Number(await valueOf(ground, waits)) === 0) {
      if (performance.now() - start > SHOWS_MS) return 'the history never showed that it runs';
      await pause(100);
    }
    await ask(`select system$cancel_all_queries(${id})`);
    const found = [await sent, await there('AFTER_CANCEL')].join(', ');
    return found === 'cancelled, no AFTER_CANCEL' ? 'yes' : found;
  });

  settles('a request that is sent again under its requestId is done once', 'yes', async () => {
    const id = randomUUID();
    await ask(`create table ${schema}.ONCE (n int)`);
    for (let i = 0; i < 2; i++) await ask(`insert into ${schema}.ONCE values (1)`, id);
    const n = Number(await valueOf(ground, `select count(*) from ${schema}.ONCE`));
    return n === 1 ? 'yes' : `${n} times`;
  });

  settles('a requestId tells later what became of its request, without the statement', 'yes', async () => {
    const id = randomUUID();
    const first = await ask("select 'known' as v", id);
    return yesOrNo(String((await ask('', id))[0]?.['v']) === String(first[0]?.['v']));
  });

  settles('a requestId that the server does not know is told to be so', 'yes', async () =>
    yesOrNo('errormessage' in ((await ask('', randomUUID()))[0] ?? {})),
  );
}
