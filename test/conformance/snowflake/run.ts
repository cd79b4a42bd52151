import * as z from 'zod';
import { type Account, openGuest } from '../../contract/snowflake/account.ts';
import type { Client } from '../../warehouses/snowflake/client.ts';
import { runOfThis } from '../run.ts';
import { findTarget, type Target } from '../target.ts';

const run = z.object({
  target: z.string(),
  projectDir: z.string(),
  /** What the names of all databases and schemas begin with that the run makes. */
  prefix: z.string(),
  /** One that is there, in which schemas are made. */
  database: z.string(),
  /** Whether databases are made beside it. */
  databases: z.boolean(),
});

export type Run = z.infer<typeof run>;

/** What a test of a run works with. */
export interface Running extends Run {
  readonly account: Account;
  readonly of: Target;
  /** A session that ends with the test. */
  readonly guest: () => Promise<Client>;
}

/** The run that this process is part of. */
export async function running(): Promise<Running> {
  const found = run.parse(runOfThis());
  const of = await findTarget(found.target, found.projectDir, process.env);
  const account = { profile: of.output, prefix: found.prefix };
  return { ...found, account, of, guest: () => openGuest(account) };
}
