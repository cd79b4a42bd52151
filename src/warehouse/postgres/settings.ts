import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import type { Output } from '../../config/port.ts';
import { fail } from '../../domain/errors.ts';
import { databaseOf } from './profile.ts';

type SslMode = z.infer<typeof sslMode>;

/** A target's connection as dbt-postgres reads it, which hands most of it to libpq. */
export interface Settings {
  /** A name, an address, or the folder of a unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** null: of ~/.pgpass, or none. */
  readonly password: string | null;
  readonly database: string;
  readonly role: string | null;
  readonly searchPath: string | null;
  /** ms; 0: forever. */
  readonly connectTimeoutMs: number;
  /** How often it is tried again to connect. */
  readonly retries: number;
  /** ms; 0: as the system has it. */
  readonly keepAliveMs: number;
  readonly ssl: {
    readonly mode: SslMode;
    /** Files, which may not be there. `system` as root: the system's own certificates. */
    readonly root: string;
    readonly cert: string;
    readonly key: string;
  };
}

const sslMode = z.enum(['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full']);
const text = z.union([z.string(), z.number().transform(String)]);
const whole = z.coerce.number().int().nonnegative();

const target = z.looseObject({
  host: text,
  port: z.coerce.number().int().min(1).max(65_535),
  user: text,
  password: text.nullish(),
  pass: text.nullish(),
  role: text.nullish(),
  search_path: text.nullish(),
  connect_timeout: whole.nullish(),
  retries: whole.nullish(),
  keepalives_idle: whole.nullish(),
  sslmode: sslMode.nullish(),
  sslrootcert: text.nullish(),
  sslcert: text.nullish(),
  sslkey: text.nullish(),
});

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads a rendered target. What it leaves out libpq takes from its environment variables, so they count here too
 * (Postgres documentation, "Environment Variables" of libpq). Throws PROFILE_INVALID.
 */
export function settingsOf(output: Output, variables: Variables): Settings {
  const parsed = target.safeParse(output);
  if (!parsed.success) return refuse(parsed.error);
  const found = parsed.data;
  return {
    host: found.host,
    port: found.port,
    user: found.user,
    password: found.password || found.pass || variables['PGPASSWORD'] || null,
    database: databaseOf(output),
    role: found.role || null,
    searchPath: found.search_path || null,
    connectTimeoutMs: (found.connect_timeout ?? 10) * 1000,
    retries: found.retries ?? 1,
    keepAliveMs: (found.keepalives_idle ?? 0) * 1000,
    ssl: sslOf(found, variables),
  };
}

function sslOf(found: z.infer<typeof target>, variables: Variables): Settings['ssl'] {
  const home = join(variables['HOME'] ?? homedir(), '.postgresql');
  const root = found.sslrootcert || variables['PGSSLROOTCERT'] || join(home, 'root.crt');
  const mode = found.sslmode ?? sslMode.safeParse(variables['PGSSLMODE']).data;
  return {
    // With the system's roots anybody has a certificate, so only the host's name tells the server.
    mode: mode ?? (root === 'system' ? 'verify-full' : 'prefer'),
    root,
    cert: found.sslcert || variables['PGSSLCERT'] || join(home, 'postgresql.crt'),
    key: found.sslkey || variables['PGSSLKEY'] || join(home, 'postgresql.key'),
  };
}

function refuse(error: z.ZodError): never {
  // The path and the rule alone: a value may be a secret.
  const problems = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  return fail('PROFILE_INVALID', {
    path: 'profiles.yml',
    problem: `the Postgres target is not valid: ${problems.join('; ')}.`,
    next: 'correct the target in profiles.yml',
  });
}
