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

/** What rests in some schemas, by lastgreen's own record of it. */
export async function restingIn(
  ctx: Context,
  session: Session,
  scope: readonly Container[],
): Promise<readonly Resting[]> {
  const ask = `select SCHEMA_NAME, NAME, DEFINITION, PROTECTION from ${control(ctx, 'RESTING')} where ${inSchemas(scope, 'SCHEMA_NAME')} and not startswith(SCHEMA_NAME, ${literal(TRASH)})`;
  return restingRows.parse(await orNothing(() => session.run(ask)));
}
