import { hash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { Mark } from '../../domain/cutover.ts';
import { fence as asFence, type Fence, releaseOf } from '../../domain/ids.ts';
import { type Standing, WarehouseError } from '../port.ts';
import type { Session } from './connect.ts';
import { CONTROL, type Context, control, controlSchema } from './context.ts';
import { identifier, literal } from './dialect.ts';
import { sqlOf, statementsOf } from './sql.ts';

const standingRows = z.array(
  z.object({
    CLAIMED: z.coerce.number(),
    // What this adapter wrote itself, in its own control table.
    MARK: z
      .string()
      .transform((text): Mark => JSON.parse(text) as Mark)
      .nullable(),
  }),
);

const nothing: Standing = { mark: null, claimed: asFence(0) };

export const standing = (ctx: Context): Promise<Standing> =>
  ctx.open.with('standing', (session) => readStanding(ctx, session));

/** Before the first claim there is no control schema. */
export async function readStanding(ctx: Context, session: Session): Promise<Standing> {
  const rows = await orNothing(() =>
    session.run(`select CLAIMED, MARK from ${control(ctx, 'STANDING')} where ENVIRONMENT = ?`, [ctx.environment]),
  );
  const [row] = standingRows.parse(rows);
  return row ? { mark: row.MARK, claimed: asFence(row.CLAIMED) } : nothing;
}

/** Rows of what need not be there yet. */
export async function orNothing<T>(ask: () => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof WarehouseError && error.is === 'missing') return [];
    throw error;
  }
}

/**
 * One row: the highest number wins. A cutover asks for its number with the first statement of its request, so one that is
 * sent from now on under a lower number changes nothing; one that runs already is waited for, and then cancelled.
 */
export const claim = (ctx: Context, fence: Fence): Promise<Mark | null> =>
  ctx.open.with(
    'claim',
    async (session) => {
      await install(ctx, session);
      await raise(ctx, session, fence);
      await drain(ctx, session, fence);
      return (await readStanding(ctx, session)).mark;
    },
    { release: releaseOf(fence) },
  );

/** Creates the control schema, or brings it to this version. */
async function install(ctx: Context, session: Session): Promise<void> {
  const parameters = { control: controlSchema(ctx) };
  const text = await sqlOf('control', { ...parameters, version: '' });
  const version = `lastgreen ${hash('sha256', text, 'hex').slice(0, 16)}`;
  // An underscore would stand for any letter; this name has none (documentation, "SHOW SCHEMAS").
  const show = `show schemas like ${literal(CONTROL)} in database ${identifier(ctx.controlDatabase)}`;
  const [row] = await orNothing(() => session.run(show));
  if (row?.['comment'] === version) return;
  if (ctx.whole) await session.run(`create database if not exists ${identifier(ctx.controlDatabase)}`);
  for (const statement of statementsOf(await sqlOf('control', { ...parameters, version: literal(version) })))
    await session.run(statement);
}

async function raise(ctx: Context, session: Session, fence: Fence): Promise<void> {
  if (await raised(ctx, session, fence)) return;
  // Unlike INSERT, MERGE waits for others that write to the table (documentation, "Transactions", Resource Locking).
  const rows = await session.run(
    `merge into ${control(ctx, 'STANDING')} as s using (select ? as ENVIRONMENT) as e on s.ENVIRONMENT = e.ENVIRONMENT
     when not matched then insert (ENVIRONMENT, CLAIMED) values (e.ENVIRONMENT, 0)`,
    [ctx.environment],
  );
  if (counted(rows) > 0 && (await raised(ctx, session, fence))) return;
  const { claimed } = await readStanding(ctx, session);
  throw fencedBy(claimed, `${fence} is not above it`);
}

async function raised(ctx: Context, session: Session, fence: Fence): Promise<boolean> {
  const rows = await session.run(
    `update ${control(ctx, 'STANDING')} set CLAIMED = ? where ENVIRONMENT = ? and CLAIMED < ?`,
    [fence, ctx.environment, fence],
  );
  return counted(rows) > 0;
}

/** The answer to what writes is one row, whose first column counts. */
const counted = (rows: readonly Readonly<Record<string, unknown>>[]): number =>
  Number(Object.values(rows[0] ?? {})[0] ?? 0);

/** How often a claim asks whether an older session is done, and how long it waits after it cancelled, ms. */
const ASK_MS = 100;
const CANCEL_MS = 30_000;

async function drain(ctx: Context, session: Session, fence: Fence): Promise<void> {
  const rows = await session.run(
    `select distinct SESSION_ID from ${control(ctx, 'CUTTING')} where ENVIRONMENT = ? and FENCE < ?`,
    [ctx.environment, fence],
  );
  // In one's own nothing else runs: it is had by one at a time.
  const others = rows.map((row) => String(row['SESSION_ID'])).filter((id) => id !== session.id);
  for (const id of others) await endSession(ctx, session, id);
  if (rows.length > 0)
    await session.run(`delete from ${control(ctx, 'CUTTING')} where ENVIRONMENT = ? and FENCE < ?`, [
      ctx.environment,
      fence,
    ]);
}

/** Returns when nothing that the session sent runs any more. */
async function endSession(ctx: Context, session: Session, id: string): Promise<void> {
  const start = performance.now();
  let cancelled = false;
  while ((await runningIn(ctx, session, id)) > 0) {
    const waited = performance.now() - start;
    if (waited > ctx.patience.drainMs && !cancelled) {
      // Source: Snowflake documentation, "SYSTEM$CANCEL_ALL_QUERIES".
      await session.run(`select system$cancel_all_queries(${Number(id)})`);
      cancelled = true;
    }
    if (waited > ctx.patience.drainMs + CANCEL_MS)
      throw new WarehouseError('busy', `session ${id} still runs a cutover under a lower number`, { blockers: [id] });
    await pause(ASK_MS);
  }
}

/** Source: Snowflake documentation, "QUERY_HISTORY" (its table functions). */
async function runningIn(ctx: Context, session: Session, id: string): Promise<number> {
  const [row] = await session.run(
    `select count(*) as N from table(${identifier(ctx.controlDatabase)}.information_schema.query_history_by_session(session_id => ${Number(id)}, result_limit => 1000))
     where EXECUTION_STATUS <> 'SUCCESS' and EXECUTION_STATUS not like 'FAILED%'`,
  );
  return Number(row?.['N']);
}

export const fencedBy = (claimed: Fence, because: string): WarehouseError =>
  new WarehouseError('fenced', `number ${claimed} has been claimed; ${because}`, { claimed });

/** Throws `fenced` when a higher number has been claimed. */
export async function assertFence(ctx: Context, session: Session, fence: Fence): Promise<void> {
  const { claimed } = await readStanding(ctx, session);
  if (claimed !== fence) throw fencedBy(claimed, `${fence} may not change anything`);
}
