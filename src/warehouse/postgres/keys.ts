import { setTimeout as pause } from 'node:timers/promises';
import type { Fill } from '../../domain/change.ts';
import type { Relation } from '../../domain/relation.ts';
import { WarehouseError } from '../port.ts';
import type { Session } from './connect.ts';
import type { Context } from './context.ts';
import { qualified } from './dialect.ts';

/**
 * A copy refers to others as what it replaces does. Live is locked against writers for a moment only: the rows are looked
 * at afterwards, beside them (PostgreSQL documentation, "ALTER TABLE", VALIDATE CONSTRAINT).
 */
export async function refer(ctx: Context, session: Session, one: Extract<Fill, { do: 'refer' }>): Promise<void> {
  const [was, now] = [one.ends.map((end) => qualified(end.was)), one.ends.map((end) => qualified(end.now))];
  const owed = await insisting(ctx, () =>
    session.run('select lastgreen.refer($1::regclass, $2::regclass, $3::regclass[], $4::regclass[]) as key', [
      qualified(one.live),
      qualified(one.idle),
      was,
      now,
    ]),
  );
  for (const { key } of owed)
    await session.run('select lastgreen.check_key($1::regclass, $2)', [qualified(one.idle), key]);
}

/** Keys between relations that nobody reads, and from them to live, go before the relations do. */
export async function freeOfKeys(ctx: Context, session: Session, relations: readonly Relation[]): Promise<void> {
  await insisting(ctx, () => session.run('select lastgreen.free_of_keys($1)', [relations.map(qualified)]));
}

/** Waits for a lock briefly, so that nobody queues behind it for long, and asks again until a deadline; then `busy`. */
async function insisting<T>({ patience: { deadlineMs, lockMs } }: Context, act: () => Promise<T>): Promise<T> {
  const until = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof WarehouseError) || error.is !== 'busy' || performance.now() > until) throw error;
      await pause(lockMs * (1 + Math.random()));
    }
  }
}
