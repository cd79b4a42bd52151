import { join } from 'node:path';
import { noBarrier, stopAt } from './barrier.ts';
import { makeProject, type Project } from './project.ts';

/** Where a build can be stopped: in dbt, after it and before the seal, and by the last gates before the cutover. */
export type Stop = 'model' | 'built' | 'sealed';

export interface Numbers extends Project {
  stop(at: Stop): string;
  /** Commits another version of the model that `version` tells. */
  change(version: number): Promise<void>;
  /** The version that readers get; each relation's. */
  versions(): Promise<readonly (readonly [relation: string, version: number])[]>;
}

const numbers = (version: number): string =>
  `select cast(range as integer) as id, ${version} as version from range(10)\n`;

/** A project of two tables and two checks, with a place to stop in each part of a build. `lease` as in lastgreen.yml. */
export async function makeNumbers(lease = '{}'): Promise<Numbers> {
  const at = (folder: string, stop: Stop): string => join(folder, `stop-${stop}`);
  const check = (name: Stop): string => `{name: ${name}, offending: checks/${name}.sql, timeout: 10m, at: [${name}]}`;
  const project = await makeProject({
    files: (folder) => ({
      'lastgreen.yml': `version: 1\nlease: ${lease}\nenvironments:\n  prod:\n    target: prod\n    gates:\n      smoke: [${check('built')}, ${check('sealed')}]\n`,
      'models/numbers.sql': numbers(1),
      'models/doubled.sql': `select 2 * id as id, version, (select count(*) from (${stopAt(at(folder, 'model'))})) as none from {{ ref('numbers') }}\n`,
      'checks/built.sql': `${stopAt(at(folder, 'built'))}\n`,
      'checks/sealed.sql': `${stopAt(at(folder, 'sealed'))}\n`,
    }),
  });
  for (const stop of ['model', 'built', 'sealed'] as const) await noBarrier(at(project.folder, stop));
  return {
    ...project,
    stop: (stop) => at(project.folder, stop),
    change: (version) => project.commit(`Make it version ${version}`, { 'models/numbers.sql': numbers(version) }),
    versions: async () => {
      const found = await project.rows(
        "select distinct 'numbers' as relation, version from analytics.numbers union all select distinct 'doubled', version from analytics.doubled order by 1",
      );
      return found.map((row) => [String(row['relation']), Number(row['version'])] as const);
    },
  };
}
