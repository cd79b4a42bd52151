import { z } from 'zod';
import type { Container } from '../../domain/relation.ts';
import type { Protection } from '../port.ts';
import { orNothing } from './claim.ts';
import type { Session } from './connect.ts';
import { type Context, control } from './context.ts';
import { inSchemas, literal, TRASH } from './dialect.ts';

/** One of those that rest in a schema. */
export interface Resting {
  readonly schema: string;
  readonly name: string;
  /** Of a view; null for what is there itself. */
  readonly definition: string | null;
  readonly protection: Protection | null;
}

const restingRows = z.array(
  z
    .object({
      SCHEMA_NAME: z.string(),
      NAME: z.string(),
      DEFINITION: z.string().nullable(),
      PROTECTION: z.string().nullable(),
    })
    .transform(
      (row): Resting => ({
        schema: row.SCHEMA_NAME,
        name: row.NAME,
        definition: row.DEFINITION,
        // What this adapter wrote itself, in its own control table.
        protection: row.PROTECTION === null ? null : (JSON.parse(row.PROTECTION) as Protection),
      }),
    ),
);

/** Where relations leave live one by one. */
export interface Kept {
  /** Containers that hold what left live, by their names in the control tables. */
  readonly kept: ReadonlySet<string>;
  readonly resting: readonly Resting[];
}

/** What lastgreen's own record says of kept sides, and of what rests in some schemas. */
export async function keptIn(ctx: Context, session: Session, scope: readonly Container[]): Promise<Kept> {
  // What left live as a whole rests as it was, with all that is in it.
  if (ctx.scope !== 'table') return { kept: new Set(), resting: [] };
  const ask = `select SCHEMA_NAME, NAME, DEFINITION, PROTECTION from ${control(ctx, 'RESTING')} where ${inSchemas(scope, 'SCHEMA_NAME')} and not startswith(SCHEMA_NAME, ${literal(TRASH)})
    union all select null, NAME, null, null from ${control(ctx, 'KEPT')} where ENVIRONMENT = ?`;
  const rows = await orNothing(() => session.run(ask, [ctx.environment]));
  const kept = rows.filter((row) => row['SCHEMA_NAME'] === null).map((row) => String(row['NAME']));
  return { kept: new Set(kept), resting: restingRows.parse(rows.filter((row) => row['SCHEMA_NAME'] !== null)) };
}

/** Containers that hold what left live, by their names in the control tables. */
export async function keptContainers(ctx: Context, session: Session): Promise<ReadonlySet<string>> {
  const rows = await orNothing(() =>
    session.run(`select NAME from ${control(ctx, 'KEPT')} where ENVIRONMENT = ?`, [ctx.environment]),
  );
  return new Set(rows.map((row) => String(row['NAME'])));
}
