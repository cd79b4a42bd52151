import * as z from 'zod';
import { smoke } from './smoke.ts';
import { count, date, duration, durationOrZero, mapping, size, text } from './values.ts';

const HOUR = 3_600_000;

const idle = z
  .union(
    [
      text.describe('Another target of the same profile.'),
      mapping({
        schema: text.optional(),
        database: text.optional(),
        path: text.optional(),
        slots: z
          .array(text)
          .min(2, { error: 'must be two schemas at least: one is live, and the next release is built in another' })
          .optional()
          .describe('Where readers use views: the schemas that take turns behind them, one of them live.'),
        swap: z
          .enum(['tables', 'schemas'])
          .optional()
          .describe(
            'Where schemas can change places: whether they do, or the changed relations in them, which is the default.',
          ),
      }),
    ],
    {
      error: () =>
        'must be {schema: ...}, {database: ...}, {path: ...} or {slots: [...]}, or the name of another target',
    },
  )
  .superRefine((spec, context) => {
    const problem = (message: string, ...path: string[]) => context.addIssue({ code: 'custom', message, path });
    if (typeof spec === 'string') return;
    const { swap: _, ...place } = spec;
    if (Object.keys(spec).length === 0) problem('says nothing that differs: give it a schema, a database or a path');
    for (const [key, templates] of Object.entries(place)) {
      const written = [templates ?? []].flat().join(' ');
      const unknown = [...written.matchAll(/\{([^}]*)\}/g)].find(
        (match) => !['schema', 'database', 'path'].includes(match[1] ?? ''),
      );
      if (unknown) problem(`has ${unknown[0]}; known are {schema}, {database} and {path}`, key);
    }
  });

const build = mapping({
  timeout: duration.default(2 * HOUR).describe('dbt is stopped after it; 2h when left out.'),
  threads: count(1).optional().describe("dbt's --threads; the profile's own when left out."),
  vars: z.record(z.string(), z.unknown()).default({}).describe("dbt's --vars."),
  full_refresh: mapping({
    except: text.optional().describe('Selector of nodes that are never rebuilt in full, such as tag:huge.'),
  }).prefault({}),
  max_bytes: size.optional().describe('Nodes over it are seeded rather than built in full.'),
  reads: mapping({
    max_bytes: size.optional().describe('No plan whose nodes that are built in full would read more than this.'),
    price: z.number().positive().optional().describe('What it costs to read a tebibyte.'),
    currency: text.default('USD'),
  })
    .prefault({})
    .describe('Where somebody pays for what queries read.'),
  backfill: z
    .record(z.string(), mapping({ since: date }))
    .default({})
    .describe('Microbatch model -> from when it is built again after it was seeded.'),
});

const allowance = mapping({
  node: text,
  column: text.optional(),
  change: z.enum(['dropped', 'retyped', 'narrowed', 'removed']),
  reason: text,
  until: date.describe('The last day on which it holds.'),
}).superRefine((allowed, context) => {
  const problem = (message: string, path: string) => context.addIssue({ code: 'custom', message, path: [path] });
  if (allowed.change === 'removed' && allowed.column !== undefined)
    problem('does not go with change: removed, which means the model; for a column write change: dropped', 'column');
  if (allowed.change !== 'removed' && allowed.column === undefined)
    problem(`${allowed.change} is what happens to a column: name it, or write change: removed`, 'change');
});

const gates = mapping({
  compatibility: mapping({ allow: z.array(allowance).default([]) }).prefault({}),
  reader_access: mapping({
    readers: z
      .array(text)
      .default([])
      .describe('Who has to be able to read what changes, as the warehouse names them: user:ann@example.com.'),
  }).prefault({}),
  smoke: z
    .array(smoke)
    .default([])
    .superRefine((checks, context) => {
      for (const [index, check] of checks.entries())
        if (checks.findIndex((other) => other.name === check.name) < index)
          context.addIssue({
            code: 'custom',
            message: `${JSON.stringify(check.name)} is there twice`,
            path: [index, 'name'],
          });
    }),
});

const environment = mapping({
  target: text.describe('The dbt target that the names belong to which readers use.'),
  idle: idle.optional().describe("What differs on the idle side; the warehouse's own default when left out."),
  build: build.prefault({}),
  history: z
    .record(z.string(), mapping({ on_parent_change: z.enum(['full', 'seed']) }))
    .default({})
    .describe('Node -> what a changed parent means for its history.'),
  irreplaceable: z
    .array(text)
    .default([])
    .describe('Nodes, or patterns of them, whose rows a rollback may never lose.'),
  drift: mapping({
    tables: z.enum(['warn', 'fail']).default('warn'),
    history: z.enum(['catch_up', 'fail']).default('catch_up'),
    rounds: count(0).default(2),
  }).prefault({}),
  shared: mapping({ in_place: z.array(text).default([]) }).prefault({}),
  state: z.array(mapping({ relation: text, on_cutover: z.enum(['merge', 'drop']) })).default([]),
  gates: gates.prefault({}),
  cutover: mapping({
    stuck: z
      .enum(['stay', 'swap_back'])
      .default('stay')
      .describe('What happens where a cutover stops with a part of it done: a person decides, or that is taken back.'),
  }).prefault({}),
  watch: mapping({
    for: durationOrZero.default(0).describe('How long live checks are asked after a cutover; once when left out.'),
    every: duration.default(60_000),
    // biome-ignore lint/suspicious/noThenProperty: the key of the file format
    then: z.enum(['swap_back', 'stay']).default('swap_back'),
  }).prefault({}),
  rollback: mapping({ keep: duration.default(72 * HOUR) }).prefault({}),
});

const lease = mapping({
  ttl: duration.default(60_000),
  renew: duration.default(15_000),
  margin: duration.default(10_000),
}).superRefine(({ ttl, renew, margin }, context) => {
  if (renew + margin >= ttl)
    context.addIssue({ code: 'custom', message: 'renew and margin together must be shorter than ttl' });
});

const store = text.default('./.lastgreen').refine((value) => !/^[a-z][a-z0-9+.-]*:\/\//i.test(value), {
  error: 'this version of lastgreen keeps its store in a folder, such as ./.lastgreen',
});

/** lastgreen.yml. Everything but `version` and a target for each environment has a default. */
export const document = mapping({
  version: z.literal(1, { error: (issue) => (issue.input === undefined ? undefined : 'must be 1') }),
  project: text.default('.').describe('The dbt project, relative to this file.'),
  dbt: text.optional().describe('The dbt executable, when it is not on PATH.'),
  store: store.describe('Where releases are recorded, relative to this file.'),
  environments: z
    .record(z.string().regex(/^[a-z0-9][a-z0-9_-]*$/i, { error: 'must be letters, digits, _ and -' }), environment)
    .refine((found) => Object.keys(found).length > 0, {
      error: 'must name an environment, such as prod: {target: prod}',
    }),
  retention: mapping({ releases: count(1).default(20), days: count(1).default(90) }).prefault({}),
  lease: lease.prefault({}),
});

export type Document = z.output<typeof document>;
export type EnvironmentText = Document['environments'][string];

/** JSON Schema of lastgreen.yml, for editors. */
export const jsonSchema = (): object => ({ title: 'lastgreen.yml', ...z.toJSONSchema(document, { io: 'input' }) });
