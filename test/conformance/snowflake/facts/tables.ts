import { settles, yesOrNo } from '../../settles.ts';
import { type Ground, valueOf } from './ground.ts';

/** What stays with a table when its name changes. */
export function tableFacts(ground: Ground): void {
  const { ask, database, schema } = ground;
  let made = 0;
  const two = async (): Promise<readonly [string, string]> => {
    const names = [`A${++made}`, `B${made}`] as const;
    for (const [n, name] of names.entries())
      await ask(`create table ${schema}.${name} as select column1 as id from values (${n})`);
    return names;
  };
  const [, inside = ''] = /\.(".*")$/.exec(schema) ?? [];
  const created = (name: string) =>
    valueOf(
      ground,
      `select created::varchar from "${database}".information_schema.tables
       where table_schema = '${inside.slice(1, -1)}' and table_name = '${name}'`,
    );
  const changed = (name: string) =>
    valueOf(ground, `select system$last_change_commit_time('${schema}.${name}')::varchar`);

  for (const [what, of] of [
    ['CREATED', created],
    ['SYSTEM$LAST_CHANGE_COMMIT_TIME', changed],
  ] as const) {
    settles(`${what} goes with the table through ALTER TABLE .. SWAP WITH`, 'yes', async () => {
      const [a, b] = await two();
      const before = [await of(a), await of(b)];
      await ask(`alter table ${schema}.${a} swap with ${schema}.${b}`);
      return yesOrNo(before[0] !== before[1] && String([await of(b), await of(a)]) === String(before));
    });

    settles(`${what} goes with the table through ALTER TABLE .. RENAME TO`, 'yes', async () => {
      const [a] = await two();
      const before = await of(a);
      await ask(`alter table ${schema}.${a} rename to ${schema}.${a}_NEW`);
      return yesOrNo((await of(`${a}_NEW`)) === before);
    });
  }

  settles('CREATE TABLE .. CLONE gives another CREATED', 'yes', async () => {
    const [a] = await two();
    await ask(`create table ${schema}.${a}_CLONE clone ${schema}.${a}`);
    return yesOrNo((await created(`${a}_CLONE`)) !== (await created(a)));
  });

  settles('CREATE OR REPLACE TABLE gives another CREATED', 'yes', async () => {
    const [a] = await two();
    const before = await created(a);
    await ask(`create or replace table ${schema}.${a} as select 5 as id`);
    return yesOrNo((await created(a)) !== before);
  });

  settles('an UPDATE that changes no row moves SYSTEM$LAST_CHANGE_COMMIT_TIME', null, async () => {
    const [a] = await two();
    const before = await changed(a);
    await ask(`update ${schema}.${a} set id = 9 where id = 1000`);
    return yesOrNo((await changed(a)) !== before);
  });

  settles('time travel of more than a day (Enterprise Edition or higher)', null, async () => {
    const kept = ask(`create table ${schema}.LONG (id int) data_retention_time_in_days = 2`);
    return yesOrNo(
      await kept.then(
        () => true,
        () => false,
      ),
    );
  });
}
