import type { ProfileRules } from '../../src/config/port.ts';
import { findProfile, outputOf } from '../../src/config/profiles/find.ts';
import { JinjaError, renderDeep, type Variables } from '../../src/config/profiles/jinja.ts';
import { withAbsolutePaths } from '../../src/config/profiles/paths.ts';
import { typeOf } from '../../src/config/profiles/render.ts';
import { Vault } from '../../src/config/profiles/secrets.ts';
import { LastgreenError } from '../../src/domain/errors.ts';
import { profileRules as bigquery } from '../../src/warehouse/bigquery/profile.ts';
import { profileRules as snowflake } from '../../src/warehouse/snowflake/profile.ts';

/** The account or project that is asked, as a target of a dbt project reaches it. */
export interface Target {
  readonly name: string;
  readonly type: keyof typeof rulesOf;
  /** Rendered, with secrets. */
  readonly output: Readonly<Record<string, unknown>>;
  /** The same without secrets: may be written to a file; `env` has what was taken out. */
  readonly text: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string>>;
  /** Never to be shown. */
  readonly secrets: readonly string[];
}

const rulesOf: Readonly<Record<'snowflake' | 'bigquery', ProfileRules>> = { snowflake, bigquery };

const isKnown = (type: string): type is Target['type'] => Object.hasOwn(rulesOf, type);

/** What cannot be asked for; the message is for whoever typed it. */
export class Usage extends Error {}

/** Finds the target as lastgreen does. Throws Usage, also for a warehouse that has no conformance run yet. */
export async function findTarget(name: string, projectDir: string, variables: Variables): Promise<Target> {
  try {
    const profile = await findProfile({ projectDir, cwd: process.cwd(), variables });
    const type = typeOf(profile, name, variables);
    if (!isKnown(type))
      throw new Usage(`The target ${name} is of type ${type}; only Snowflake and BigQuery have a conformance run.`);
    const profileRules = rulesOf[type];
    const written = withAbsolutePaths(outputOf(profile, name), profileRules.pathKeys, projectDir, variables);
    const vault = new Vault(profileRules.secretKeys, variables);
    const [text, output] = [vault.without(written), renderDeep(written, variables)].map(asMapping);
    return { name, type, output: output ?? {}, text: text ?? {}, env: vault.env(), secrets: vault.secrets() };
  } catch (error) {
    if (error instanceof LastgreenError) throw new Usage(`${error.message}\nNext: ${error.next}`, { cause: error });
    if (error instanceof JinjaError) throw new Usage(`Target ${name}: ${error.message}.`, { cause: error });
    throw error;
  }
}

// Both walks keep the shape of what they are given, and they are given a mapping.
const asMapping = (value: unknown) => value as Target['output'];

/** Puts something else where a secret would be shown. */
export function without(secrets: readonly string[]): (text: string) => string {
  // One of several lines may be shown line by line.
  const parts = secrets.flatMap((secret) => [secret, ...secret.split('\n').filter((line) => line.length > 7)]);
  return (text) => parts.reduce((shown, part) => shown.replaceAll(part, '***'), text);
}
