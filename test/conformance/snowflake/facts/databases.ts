import { settles, yesOrNo } from '../../settles.ts';
import { type Ground, valueOf } from './ground.ts';

/** What stays with a database and a schema when its name changes, and what a clone has. */
export function databaseFacts(ground: Ground): void {
  const { ask, prefix } = ground;
  let made = 0;
  const database = async (id: number, name = `${prefix}_FACT${++made}`): Promise<string> => {
    await ask(`create database ${name}`);
    await ask(`create table ${name}.PUBLIC.T as select ${id} as id`);
    await ask(`create view ${name}.PUBLIC.V as select id from PUBLIC.T`);
    return name;
  };
  const created = async (name: string) =>
    Number((await ask(`show databases starts with '${name}'`)).find((row) => row['name'] === name)?.['created_on']);
  const reads = (name: string) => valueOf(ground, `select id from ${name}.PUBLIC.V`);
  const promised = async (of: string) =>
    (await ask(`show future grants in ${of}`))
      .map((row) => [row['privilege'], row['grant_on']].map(String).join(' on '))
      .join();
  const promise = async (of: string): Promise<void> => {
    await ask(
      `grant select on future tables in ${of} to role ${String(await valueOf(ground, 'select current_role()'))}`,
    );
  };

  settles('created_on goes with the database through ALTER DATABASE .. SWAP WITH', 'yes', async () => {
    const [a, b] = [await database(1), await database(2)];
    const before = [await created(a), await created(b)];
    await ask(`alter database ${a} swap with ${b}`);
    return yesOrNo(before[0] !== before[1] && String([await created(b), await created(a)]) === String(before));
  });

  settles('created_on goes with the database through ALTER DATABASE .. RENAME TO', 'yes', async () => {
    const a = await database(1);
    const before = await created(a);
    await ask(`alter database ${a} rename to ${a}_NEW`);
    return yesOrNo((await created(`${a}_NEW`)) === before);
  });

  settles('a name of two parts in a view means the database that the view is in, also in a clone', 'yes', async () => {
    const a = await database(1);
    await ask(`create database ${a}_CLONE clone ${a}`);
    await ask(`update ${a}_CLONE.PUBLIC.T set id = 7`);
    return yesOrNo(Number(await reads(a)) === 1 && Number(await reads(`${a}_CLONE`)) === 7);
  });

  settles(
    'a name of two parts in a view means the database that the view is in, also after a swap',
    'yes',
    async () => {
      const [a, b] = [await database(1), await database(2)];
      await ask(`alter database ${a} swap with ${b}`);
      return yesOrNo(Number(await reads(a)) === 2 && Number(await reads(b)) === 1);
    },
  );

  for (const word of ['database', 'schema']) {
    const own = async (): Promise<string> => {
      const name = await database(1);
      if (word === 'database') return name;
      await ask(`create schema ${name}.SHOP`);
      return `${name}.SHOP`;
    };

    settles(`future grants come along with a clone of a ${word}`, null, async () => {
      const of = await own();
      await promise(`${word} ${of}`);
      await ask(`create ${word} ${of}_CLONE clone ${of}`);
      return yesOrNo((await promised(`${word} ${of}_CLONE`)) !== '');
    });

    settles(`future grants go with the ${word} through ALTER ${word.toUpperCase()} .. SWAP WITH`, null, async () => {
      const a = await own();
      await promise(`${word} ${a}`);
      const other = `${a}_OTHER`;
      await ask(`create ${word} ${other}`);
      await ask(`alter ${word} ${a} swap with ${other}`);
      const [on, off] = [await promised(`${word} ${other}`), await promised(`${word} ${a}`)];
      return on !== '' && off === ''
        ? 'yes'
        : on === '' && off !== ''
          ? 'no: they stay with the name'
          : `${on}; ${off}`;
    });
  }
}
