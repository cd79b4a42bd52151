import * as z from 'zod';
import type { HouseGround } from '../../contract/bigquery/house.ts';
import { runOfThis } from '../run.ts';
import { findTarget, type Target } from '../target.ts';
import { type BigqueryProject, clientOptions, projectAt } from './project.ts';

const run = z.object({
  target: z.string(),
  projectDir: z.string(),
  /** What the names of all datasets begin with that the run makes. */
  prefix: z.string(),
  policyTag: z.string().nullable(),
});

export type Run = z.infer<typeof run>;

/** What a test of a run works with. */
export interface Running extends Run, BigqueryProject {
  readonly of: Target;
  /** Where houses stand. */
  readonly ground: HouseGround;
}

/** The run that this process is part of. */
export async function running(): Promise<Running> {
  const found = run.parse(runOfThis());
  const of = await findTarget(found.target, found.projectDir, process.env);
  const at = await projectAt(of);
  const { project, location } = at;
  const connection = await clientOptions(of);
  return { ...found, of, ...at, ground: { profile: of.output, project, connection, prefix: found.prefix, location } };
}
