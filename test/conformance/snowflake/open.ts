import { openGuest, quoted } from '../../contract/snowflake/account.ts';
import type { Client } from '../../warehouses/snowflake/client.ts';
import type { EngineRun, Opened } from '../engine.ts';
import { Usage } from '../target.ts';
import { aboutAccount, dropAll, tookBy } from './account.ts';
import type { Run } from './run.ts';

/** A run on the account of a target. Throws Usage where there is nowhere to make anything. */
export async function openAccount({ target, projectDir, prefix, choices }: EngineRun): Promise<Opened> {
  const { database, policyTag } = choices;
  if (policyTag !== undefined) throw new Usage('--policy-tag is for BigQuery.');
  const run: Run = {
    target: target.name,
    projectDir,
    prefix,
    database: database ?? prefix,
    databases: database === undefined,
  };
  const guest = await openGuest({ profile: target.output });
  try {
    const about = await aboutAccount(guest);
    await prepare(guest, run);
    return {
      about,
      prefix,
      madeIn: `${run.database}${run.databases ? ' and databases beside it' : ''}; dropped`,
      run,
      took: () => tookBy(guest, run),
      drop: () => dropAll(guest, run, database === undefined),
      [Symbol.asyncDispose]: () => guest.close(),
    };
  } catch (error) {
    await guest.close();
    throw error;
  }
}

async function prepare(guest: Client, { database, databases }: Run): Promise<void> {
  if (databases) {
    await guest.ask(`create database ${database}`).catch((error: unknown) => {
      const said = error instanceof Error ? error.message : String(error);
      throw new Usage(`No database can be made (${said}). Give --database one in which schemas may be made.`, {
        cause: error,
      });
    });
    return;
  }
  // What lastgreen keeps for the environments that release from there would be dropped with what was made.
  const taken = await guest.ask(`show schemas like 'LASTGREEN' in database ${quoted(database)}`);
  if (taken.length > 0) throw new Usage(`lastgreen is at work in ${database} already: give --database another one.`);
}
