import { z } from 'zod';
import type { Container } from '../../domain/relation.ts';
import { WarehouseError } from '../port.ts';
import { orNothing } from './claim.ts';
import type { Session } from './connect.ts';
import { ownName } from './containers.ts';
import { type Context, control } from './context.ts';
import { identifier, schemaName, spokenName, wordFor } from './dialect.ts';
import { type Found, foundIn } from './found.ts';
import { grantStatements } from './grants.ts';

const rows = z.array(
  z.object({
    privilege: z.string(),
    grant_on: z.string(),
    grant_to: z.string().default('ROLE'),
    grantee_name: z.string(),
    grant_option: z.preprocess((value) => value === true || value === 'true', z.boolean()),
  }),
);
type Row = z.infer<typeof rows>[number];

/**
 * What is new in the idle schema gets the same rights as what is new in live's (documentation, "SHOW GRANTS", "GRANT
 * <privileges>", Future Grants). A role without MANAGE GRANTS may not give them: then `grantsOfNew` gives what they would
 * have given.
 */
export async function futureGrants(ctx: Context, session: Session, live: string, idle: string): Promise<void> {
  const at = (schema: string): string => schemaName({ database: ctx.database, schema });
  try {
    for (const row of await futureIn(ctx, session, live)) {
      const to = row.grant_to.replaceAll('_', ' ');
      const option = row.grant_option ? ' with grant option' : '';
      await session.run(
        `grant ${row.privilege} on future ${kindOf(row)}s in schema ${at(idle)} to ${to} ${identifier(row.grantee_name)}${option}`,
      );
    }
  } catch (error) {
    if (!(error instanceof WarehouseError) || error.is !== 'denied') throw error;
  }
}

/** Of a schema; before the first release there is none (documentation, "SHOW GRANTS"). */
async function futureIn(ctx: Context, session: Session, schema: string): Promise<readonly Row[]> {
  const at = schemaName({ database: ctx.database, schema });
  return rows.parse(await orNothing(() => session.run(`show future grants in schema ${at}`)));
}

const kindOf = ({ grant_on }: Row): string => grant_on.replaceAll('_', ' ');

const idleRows = z.array(z.object({ NAME: z.string(), LIVE: z.string().nullable() }));

/**
 * What gives the relations of idle schemas that live does not have yet the rights that future grants of live would have
 * given them, where the role could not give these. Who owns a relation needs no other right to grant on it.
 */
export async function grantsOfNew(
  ctx: Context,
  session: Session,
  sides: readonly Container[],
): Promise<readonly string[]> {
  if (ctx.whole) return [];
  const ask = `select NAME, LIVE from ${control(ctx, 'IDLE')} where ENVIRONMENT = ? and LIVE is not null`;
  const idle = idleRows.parse(await session.run(ask, [ctx.environment]));
  const statements: string[] = [];
  for (const side of sides) {
    const live = idle.find(({ NAME }) => NAME === side.schema)?.LIVE ?? null;
    const rows = live === null ? [] : await notGiven(ctx, session, live, ownName(side));
    if (live === null || rows.length === 0) continue;
    const there = Map.groupBy(await foundIn(session, [{ ...side, schema: live }, side]), (one) => one.relation.schema);
    const known = new Set(there.get(live)?.map(({ relation }) => relation.identifier));
    const fresh = (there.get(ownName(side)) ?? []).filter(({ relation }) => !known.has(relation.identifier));
    statements.push(...fresh.flatMap((one) => grantsLikeFuture(one, rows)));
  }
  return statements;
}

/** Future grants of a live schema that the idle one does not have. */
async function notGiven(ctx: Context, session: Session, live: string, idle: string): Promise<readonly Row[]> {
  const wanted = await futureIn(ctx, session, live);
  if (wanted.length === 0) return [];
  const has = new Set((await futureIn(ctx, session, idle)).map(whatOf));
  return wanted.filter((row) => row.privilege !== 'OWNERSHIP' && !has.has(whatOf(row)));
}

const whatOf = (row: Row): string => `${kindOf(row)} ${grantOf(row)}`;

/** As a catalog tells a grant. */
const grantOf = ({ privilege, grant_to, grantee_name, grant_option }: Row): string =>
  `${privilege} to ${grant_to === 'ROLE' ? '' : `${grant_to.toLowerCase().replaceAll('_', ' ')} `}${spokenName(grantee_name)}${grant_option ? ' with grant option' : ''}`;

function grantsLikeFuture(one: Found, rows: readonly Row[]): readonly string[] {
  const has = one.protection?.grants.map(({ what }) => what) ?? [];
  const gives = rows.filter((row) => kindOf(row) === wordFor(one.kind)).map(grantOf);
  return grantStatements(one, one.protection, [...new Set([...has, ...gives])]);
}
