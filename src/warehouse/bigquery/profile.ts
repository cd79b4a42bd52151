import type { IdlePlace, Output, ProfileRules } from '../../config/port.ts';
import { fail } from '../../domain/errors.ts';
import { controlDataset, type Places, placed, sideContainer } from './places.ts';
import { rightsScript } from './rights.ts';
import { datasetOfTarget, projectOf, refuse } from './settings.ts';

/** How dbt-bigquery's targets have sides: a ring of datasets in the same project, of which views of the target's point to one. */
export const profileRules: ProfileRules = {
  type: 'bigquery',
  secretKeys: ['private_key_id', 'token_endpoint', 'workload_pool_provider_path'],
  pathKeys: ['keyfile'],
  // Its jobs have a label with dbt's invocation, and name the datasets of a slot.
  tag: null,
  // A query is billed for 10 MiB at least ("Estimate and control costs"): with less allowed, none would run.
  mostRead: { key: 'maximum_bytes_billed', least: 10_485_760 },
  rights: rightsScript,
  defaultIdle: () => ({ slots: ['{schema}__blue', '{schema}__green', '{schema}__grey'] }),
  placeOf: (output) => ({ schema: datasetOfTarget(output), database: projectOf(output) }),
  sides(output, idle) {
    const places = placesOf(output, idle);
    const [first = '', ...others] = places.slots;
    const { serving } = places;
    const key = keyOfDataset(output);
    return {
      exchange: 'view',
      live: { [key]: serving },
      idle: { [key]: first },
      containers: { live: [sideContainer(places, serving)], idle: [sideContainer(places, first)], attached: [] },
      others: others.map((slot) => ({ fields: { [key]: slot }, containers: [sideContainer(places, slot)] })),
      placed: (relation, is) => placed(places, relation, is),
    };
  },
};

/** The target has one of both names, of which dbt knows both. */
const keyOfDataset = (output: Output): 'dataset' | 'schema' => (output['dataset'] === undefined ? 'schema' : 'dataset');

/** The datasets of an environment. Throws PROFILE_INVALID, SIDES_COLLIDE. */
export function placesOf(output: Output, idle: IdlePlace): Places {
  const [project, serving] = [projectOf(output), datasetOfTarget(output)];
  if (idle.path !== undefined || idle.swap !== undefined)
    return refuse(
      `a BigQuery target has no \`${idle.path === undefined ? 'swap' : 'path'}:\`.`,
      'give `idle:` in lastgreen.yml a `schema:` alone',
    );
  const named = (text: string): string => text.replaceAll('{schema}', serving).replaceAll('{database}', project);
  if (idle.database !== undefined && named(idle.database) !== project)
    return refuse(
      'the idle side of a BigQuery target is datasets of the same project.',
      'leave `database:` out of `idle:` in lastgreen.yml',
    );
  const slots = (idle.slots ?? (idle.schema === undefined ? [] : [idle.schema])).map(named);
  const places = { project, serving, slots };
  assertRing(places);
  return places;
}

const NEXT =
  'give `idle:` in lastgreen.yml other names, such as `schema: ["{schema}__blue", "{schema}__green", "{schema}__grey"]`';

/** Source: BigQuery documentation, "Name datasets": up to 1,024 letters, digits and underscores. */
const DATASET = /^\w{1,1024}$/;

function assertRing(places: Places): void {
  const { serving, slots } = places;
  const all = [...slots, serving, controlDataset(places)];
  const twice = all.find((one, i) => all.indexOf(one) !== i);
  if (twice !== undefined) fail('SIDES_COLLIDE', { what: `dataset ${twice} of project ${places.project}` });
  if (slots.length < 2)
    refuse('readers of a BigQuery target use views over one of several datasets: one alone is no ring.', NEXT);
  const bad = all.find((one) => !DATASET.test(one));
  if (bad !== undefined) refuse(`${bad} is no name of a dataset: those have letters, digits and underscores.`, NEXT);
  // The serving dataset's own custom schemas would lie in a slot.
  const over = slots.find((slot) => serving.startsWith(`${slot}_`));
  if (over !== undefined) refuse(`${serving} would lie in the slot ${over}.`, NEXT);
}
