import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { Mark } from '../../domain/cutover.ts';
import { fence as asFence, type Fence } from '../../domain/ids.ts';
import { type Standing, WarehouseError } from '../port.ts';
import { type Session, sessionName } from './connect.ts';
import type { Context } from './context.ts';
import { controlSql } from './sql.ts';

/** Names a session that cuts over, so that a claimer finds it: `cutover 42`. */
export const cutoverPurpose = (fence: Fence): string => `cutover ${fence}`;

/** The number of a session that cuts over in this environment; null for any other. */
function cutoverNumber(ctx: Context, called: string): number | null {
  const number = /^lastgreen cutover (\d+)/.exec(called)?.[1];
  const expected = number === undefined ? null : sessionName(ctx.environment, `cutover ${number}`);
  return called === expected ? Number(number) : null;
}

// What this adapter wrote itself, in its own control table.
const standingRow = z.object({ claimed: z.coerce.number(), mark: z.custom<Mark>().nullable() });

/** Whether the control schema is there at all; before the first claim it is not. */
export async function isControlled(session: Session): Promise<boolean> {
  const [row] = await session.run("select to_regnamespace('lastgreen') is not null as yes");
  return row?.['yes'] === true;
}

export const standing = (ctx: Context): Promise<Standing> =>
  ctx.open.with('standing', async (session) => {
    if (!(await isControlled(session))) return { mark: null, claimed: asFence(0) };
    return readStanding(ctx, session);
  });

export async function readStanding(ctx: Context, session: Session): Promise<Standing> {
  const [row] = await session.run('select claimed, mark from lastgreen.standing where environment = $1', [
    ctx.environment,
  ]);
  if (row === undefined) return { mark: null, claimed: asFence(0) };
  const { claimed, mark } = standingRow.parse(row);
  return { mark, claimed: asFence(claimed) };
}

/**
 * One row: the highest number wins. A cutover changes the same row with its last statement, on the condition that its
 * number is still the highest: one that began before either ends first or is undone. One that stands still while it has
 * its locks is waited for, and then ended.
 */
export const claim = (ctx: Context, fence: Fence): Promise<Mark | null> =>
  ctx.open.with(`claim ${fence}`, async (session) => {
    await install(session);
    await session.run('insert into lastgreen.standing (environment) values ($1) on conflict do nothing', [
      ctx.environment,
    ]);
    await raise(ctx, session, fence);
    await drain(ctx, session, fence);
    while (Number((await session.run('select lastgreen.mend($1) as n', [ctx.environment]))[0]?.['n']) > 0);
    await session.run('select lastgreen.mend_keys($1)', [ctx.environment]);
    return (await readStanding(ctx, session)).mark;
  });

/** Creates the control schema, or brings it to this version. Two at once wait for each other. */
async function install(session: Session): Promise<void> {
  const text = await controlSql();
  const version = `lastgreen ${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
  const [row] = await session.run("select obj_description(to_regnamespace('lastgreen'), 'pg_namespace') as version");
  if (row?.['version'] === version) return;
  await session.script(
    `begin; select pg_advisory_xact_lock(hashtext('lastgreen')); ${text} comment on schema lastgreen is '${version}'; commit;`,
  );
}

async function raise(ctx: Context, session: Session, fence: Fence): Promise<void> {
  const until = performance.now() + ctx.patience.drainMs;
  for (;;) {
    try {
      const rows = await session.run(
        'update lastgreen.standing set claimed = $2 where environment = $1 and claimed < $2 returning claimed',
        [ctx.environment, fence],
      );
      if (rows.length > 0) return;
      const { claimed } = await readStanding(ctx, session);
      throw new WarehouseError('fenced', `number ${claimed} has been claimed; ${fence} is not above it`, { claimed });
    } catch (error) {
      // Somebody stands still between the mark and the end of its transaction.
      if (!(error instanceof WarehouseError) || error.is !== 'busy') throw error;
      if (performance.now() > until) await endSessions(ctx, session, fence);
    }
  }
}

/**
 * A cutover under a lower number cannot mark any more, but it may still have its locks, with readers behind it.
 * Source: PostgreSQL documentation, "pg_stat_activity", "Server Signaling Functions".
 */
async function drain(ctx: Context, session: Session, fence: Fence): Promise<void> {
  const until = performance.now() + ctx.patience.drainMs;
  while ((await olderSessions(ctx, session, fence)).length > 0) {
    if (performance.now() > until) {
      await endSessions(ctx, session, fence);
      return;
    }
    await pause(50);
  }
}

async function olderSessions(ctx: Context, session: Session, fence: Fence): Promise<readonly number[]> {
  const rows = await session.run(
    `select pid, application_name as called from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'`,
  );
  return rows
    .filter((row) => (cutoverNumber(ctx, String(row['called'])) ?? fence) < fence)
    .map((row) => Number(row['pid']));
}

async function endSessions(ctx: Context, session: Session, fence: Fence): Promise<void> {
  for (const pid of await olderSessions(ctx, session, fence))
    await session.run('select pg_terminate_backend($1)', [pid]);
}

/** Throws `fenced` when a higher number has been claimed. */
export async function assertFence(ctx: Context, session: Session, fence: Fence): Promise<void> {
  const { claimed } = await readStanding(ctx, session);
  if (claimed !== fence)
    throw new WarehouseError('fenced', `number ${claimed} has been claimed; ${fence} may not change anything`, {
      claimed,
    });
}
