/** A value this short would be found everywhere by chance, and protects nothing. */
const shortest = 4;

/** Takes the secret values out of what is shown or kept, also where they stand escaped in JSON. */
export type Scrub = (text: string) => string;

/** Longest first, so that a secret that holds another one leaves nothing behind. */
export function scrubber(secrets: readonly string[]): Scrub {
  const found = new Set(secrets.filter((secret) => secret.length >= shortest).flatMap(spellings));
  const ordered = [...found].toSorted((a, b) => b.length - a.length);
  return (text) => ordered.reduce((rest, secret) => rest.replaceAll(secret, '*****'), text);
}

/** As it is, in JSON, and in JSON as Python writes it, which is plain ASCII. */
function spellings(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const escape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return [secret, json, json.replaceAll(/[^ -~]/g, escape)];
}

/** The secrets among the variables of an environment, by dbt's own rule: those that begin with DBT_ENV_SECRET. */
export const secretValues = (env: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(env)
    .filter(([name]) => /^DBT_(ENGINE_)?ENV_SECRET/.test(name))
    .map(([, value]) => value);
