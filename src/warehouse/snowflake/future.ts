import { z } from 'zod';
import { WarehouseError } from '../port.ts';
import { orNothing } from './claim.ts';
import type { Session } from './connect.ts';
import type { Context } from './context.ts';
import { identifier, schemaName } from './dialect.ts';

const rows = z.array(
  z.object({
    privilege: z.string(),
    grant_on: z.string(),
    grant_to: z.string().default('ROLE'),
    grantee_name: z.string(),
    grant_option: z.preprocess((value) => value === true || value === 'true', z.boolean()),
  }),
);

/**
 * What is new in the idle schema gets the same rights as what is new in live's (documentation, "SHOW GRANTS", "GRANT
 * <privileges>", Future Grants). A role that may not see or give them leaves them out: `doctor` says so.
 */
export async function futureGrants(ctx: Context, session: Session, live: string, idle: string): Promise<void> {
  const at = (schema: string): string => schemaName({ database: ctx.database, schema });
  try {
    // Before the first release there is no live schema.
    const found = rows.parse(await orNothing(() => session.run(`show future grants in schema ${at(live)}`)));
    for (const row of found) {
      const kind = row.grant_on.replaceAll('_', ' ');
      const to = row.grant_to.replaceAll('_', ' ');
      const option = row.grant_option ? ' with grant option' : '';
      await session.run(
        `grant ${row.privilege} on future ${kind}s in schema ${at(idle)} to ${to} ${identifier(row.grantee_name)}${option}`,
      );
    }
  } catch (error) {
    if (!(error instanceof WarehouseError) || error.is !== 'denied') throw error;
  }
}
