import type { Right } from '../domain/change.ts';
import type { ManifestNode } from '../domain/manifest.ts';

type Configured = Pick<ManifestNode, 'config'>;

/** What one of two definitions gives by dbt's `grants` config, and the other does not. */
export function givenBeside(one: Configured, other: Configured): readonly Right[] {
  const known = new Set(rightsOf(other).map(keyOf));
  return rightsOf(one).filter((right) => !known.has(keyOf(right)));
}

const keyOf = ({ privilege, grantee }: Right): string => JSON.stringify([privilege, grantee]);

function rightsOf({ config }: Configured): readonly Right[] {
  const grants = config['grants'];
  if (typeof grants !== 'object' || grants === null) return [];
  return Object.entries(grants).flatMap(([privilege, to]: readonly [string, unknown]) =>
    (Array.isArray(to) ? to : [to])
      .filter((name): name is string => typeof name === 'string')
      .map((name) => ({ privilege: privilege.toUpperCase(), grantee: roleOf(name) })),
  );
}

/** dbt writes a name into GRANT as the config has it, and SQL folds what is not quoted. */
const roleOf = (name: string): string =>
  /^".*"$/s.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();

/** Whether a grant as a catalog tells it (`SELECT to reader`, `roles/viewer to user:ann`) is one of these. */
export function isOf(rights: readonly Right[], what: string): boolean {
  const bare = what.replace(/ with grant option$/, '').replaceAll('"', '');
  return rights.some(
    ({ privilege, grantee }) =>
      (/^ALL( PRIVILEGES)?$/.test(privilege)
        ? /^[A-Z]+ to /.test(bare)
        : bare.toUpperCase().startsWith(`${privilege} TO `)) &&
      bare.slice(bare.indexOf(' to ') + 4) === grantee.replaceAll('"', ''),
  );
}
