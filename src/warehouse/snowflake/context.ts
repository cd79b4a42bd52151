import type { Exchange } from '../../domain/plan.ts';
import type { Opener } from './connect.ts';
import { schemaName } from './dialect.ts';

/** What every part of the adapter works with. */
export interface Context {
  readonly open: Opener;
  /** The schema of the dbt target, as the engine keeps its name: what the environment is called in the control tables. */
  readonly environment: string;
  /** Of the live side. */
  readonly database: string;
  /** What changes places: relations of schemas, schemas, or databases. */
  readonly scope: Scope;
  /** Databases do: then containers are databases, and else schemas. */
  readonly whole: boolean;
  /** Where lastgreen's own schema is: outside of what changes places. */
  readonly controlDatabase: string;
  /** QUERY_TAG of dbt's own sessions: one constant per environment. */
  readonly tag: string;
  readonly patience: Patience;
}

export type Scope = Extract<Exchange, 'table' | 'schema' | 'database'>;

export interface Patience {
  /** Longest that one statement of a cutover may take, ms; whole seconds are what the engine knows. */
  readonly statementMs: number;
  /** How long a claim waits for a cutover under a lower number; then what its session runs is cancelled, ms. */
  readonly drainMs: number;
}

/** A table of the control schema (sql/snowflake/control.sql). */
export type ControlTable = 'STANDING' | 'CUTTING' | 'IDLE' | 'KEPT' | 'RESTING';

export const controlSchema = ({ controlDatabase }: Pick<Context, 'controlDatabase'>): string =>
  schemaName({ database: controlDatabase, schema: CONTROL });

export const control = (ctx: Pick<Context, 'controlDatabase'>, table: ControlTable): string =>
  `${controlSchema(ctx)}.${table}`;

/** Of lastgreen's own schema. */
export const CONTROL = 'LASTGREEN';
