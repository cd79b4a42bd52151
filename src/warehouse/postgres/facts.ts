import { z } from 'zod';

const owned = z.object({ name: z.string(), owner: z.string() });

/** The one row of sql/postgres/examine.sql. */
export const serverFacts = z.object({
  version: z.string(),
  major: z.number(),
  standby: z.boolean(),
  /** Of the process that answered. */
  pid: z.number(),
  database: z.string(),
  role: z.string(),
  mayMakeSchemas: z.boolean(),
  loginIsSuperuser: z.boolean(),
  maySignal: z.boolean(),
  maySeeSessions: z.boolean(),
  /** Objects that can be locked at one time, and how many sessions (and prepared transactions) share them. */
  locks: z.number(),
  sessions: z.number(),
  /** By a cutover that changes every live name. */
  locksNeeded: z.number(),
  /** That are there. */
  liveNames: z.number(),
  /** Schemas of live names; those that are not there yet are among them. */
  homes: z.array(z.string()),
  liveSchemas: z.array(owned.extend({ mayUse: z.boolean(), mayMake: z.boolean() })),
  /** Schemas for lastgreen itself that the role does not own. */
  foreignSchemas: z.array(owned),
  /** What has a live name and is not the role's to move. */
  foreignRelations: z.array(
    owned.extend({
      schema: z.string(),
      kind: z.enum(['table', 'view', 'materialized view', 'foreign table', 'function']),
      ownerIsSuperuser: z.boolean(),
    }),
  ),
});

export type ServerFacts = z.infer<typeof serverFacts>;
