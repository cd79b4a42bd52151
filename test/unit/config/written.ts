import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../../src/config/config.ts';
import { LastgreenError } from '../../../src/domain/errors.ts';

/** The least that a lastgreen.yml has to say. */
export const minimal = 'version: 1\nenvironments: {prod: {target: prod}}\n';

/** An environment `prod` with more in it. */
export const prod = (lines: string): string => `version: 1
environments:
  prod:
    target: prod
${lines.replaceAll(/^/gm, '    ')}
`;

/** An environment with one smoke check. */
export const smoke = (check: string): string => prod(`gates:\n  smoke:\n    - ${check}`);

/** A dbt project's folder to write a lastgreen.yml into, removed when disposed. */
export async function folderOfProject() {
  const dir = await mkdtemp(join(tmpdir(), 'lastgreen-config-'));
  await writeFile(join(dir, 'dbt_project.yml'), 'name: shop\n');
  const path = join(dir, 'lastgreen.yml');
  return {
    dir,
    path,
    async read(text: string) {
      await writeFile(path, text);
      return readConfig(path, 'lastgreen.yml');
    },
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true }),
  };
}

/** The foreseen failure that the work ends in. */
export const failureOf = async (work: Promise<unknown>): Promise<LastgreenError> => {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof LastgreenError)) throw new Error(`expected a foreseen failure, got ${String(error)}`);
  return error;
};
