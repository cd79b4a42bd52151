/** By path in the project. */
export type Files = Readonly<Record<string, string>>;

/** A relation that a full build of the project leaves behind. */
export interface Built {
  readonly name: string;
  readonly kind: 'table' | 'view';
}

/** A dbt project in three layers: staging views on seeds, intermediate views, marts; a test on each model. */
export interface Generated {
  readonly files: Files;
  readonly built: readonly Built[];
  /** The same five intermediate models with another body in every round; rounds begin at 1. */
  readonly change: (round: number) => Files;
}

const SEEDS = 10;
const REFS = 3;
/** Models whose columns are described in one YAML file. */
const FOLDER = 50;
const CHANGED = 5;

type Layer = 'staging' | 'intermediate' | 'marts';

interface Model {
  readonly name: string;
  readonly layer: Layer;
  readonly folder: string;
  /** Empty: it reads a seed. */
  readonly refs: readonly string[];
  readonly seed: string;
}

/** A project of this many models; the same one every time. */
export function generate(models: number): Generated {
  const all = modelsOf(models);
  const changed = all.filter(({ layer }) => layer === 'intermediate').slice(-CHANGED);
  const seeds = Array.from({ length: SEEDS }, (_, index) => `seed_${index}`);
  return {
    files: { ...project, ...seedFiles(seeds), ...sqlFiles(all, 0), ...yamlFiles(all) },
    built: [
      ...seeds.map((name) => ({ name, kind: 'table' }) as const),
      ...all.map(({ name, layer }) => ({ name, kind: layer === 'marts' ? 'table' : 'view' }) as const),
    ],
    change: (round) => sqlFiles(changed, round),
  };
}

const project: Files = {
  'dbt_project.yml': [
    'name: small',
    'version: 1.0.0',
    'config-version: 2',
    'profile: small',
    'models:',
    '  small:',
    '    staging: {+materialized: view}',
    '    intermediate: {+materialized: view}',
    '    marts: {+materialized: table}',
    '',
  ].join('\n'),
  'profiles.yml':
    'small:\n  target: prod\n  outputs:\n    prod: {type: duckdb, path: warehouse/small.duckdb, schema: analytics, threads: 2}\n',
};

function modelsOf(count: number): readonly Model[] {
  const random = randomFrom(7);
  const staging = Math.max(1, Math.floor(count * 0.4));
  const intermediate = Math.max(1, Math.floor(count * 0.35));
  const names = (prefix: string, length: number): readonly string[] =>
    Array.from({ length }, (_, index) => `${prefix}_${String(index).padStart(5, '0')}`);
  const layers = {
    staging: names('stg', staging),
    intermediate: names('int', intermediate),
    marts: names('mart', count - staging - intermediate),
  };
  /** Mostly of the layer below; sometimes one of the forty before it. */
  const pick = (below: readonly string[], own: readonly string[], index: number, share: number): string => {
    const from = index < 10 || random() < share ? below : own.slice(Math.max(0, index - 40), index);
    return from[Math.floor(random() * from.length)] ?? '';
  };
  const reading = (layer: Layer, own: readonly string[], refs: (index: number) => readonly string[]): Model[] =>
    own.map((name, index) => ({
      name,
      layer,
      folder: `models/${layer}/${String(Math.floor(index / FOLDER)).padStart(3, '0')}`,
      refs: [...new Set(refs(index))].toSorted(),
      seed: `seed_${index % SEEDS}`,
    }));
  const some = (one: () => string): readonly string[] => Array.from({ length: REFS }, one);
  return [
    ...reading('staging', layers.staging, () => []),
    ...reading('intermediate', layers.intermediate, (index) =>
      some(() => pick(layers.staging, layers.intermediate, index, 0.7)),
    ),
    ...reading('marts', layers.marts, (index) => some(() => pick(layers.intermediate, layers.marts, index, 0.8))),
  ];
}

const seedFiles = (seeds: readonly string[]): Files =>
  Object.fromEntries(
    seeds.map((name, k) => [`seeds/${name}.csv`, `id,val\n${[1, 2, 3, 4, 5].map((i) => `${i},${i * k}\n`).join('')}`]),
  );

const sqlFiles = (models: readonly Model[], round: number): Files =>
  Object.fromEntries(models.map((model) => [`${model.folder}/${model.name}.sql`, sqlOf(model, round)]));

function sqlOf({ refs, seed }: Model, round: number): string {
  if (refs.length === 0) return `select id, val from {{ ref('${seed}') }}\n`;
  const union = refs.map((name) => `select id, val from {{ ref('${name}') }}`).join('\nunion all\n');
  return `with u as (\n${union}\n)\nselect id, cast(sum(val) + ${round} as bigint) as val from u group by id\n`;
}

function yamlFiles(models: readonly Model[]): Files {
  const folders = Map.groupBy(models, ({ folder }) => folder);
  return Object.fromEntries(
    [...folders].map(([folder, own]) => [
      `${folder}/_schema.yml`,
      `models:\n${own.map(({ name }) => described(name)).join('')}`,
    ]),
  );
}

const described = (name: string): string =>
  [
    `  - name: ${name}`,
    `    description: "Model ${name}"`,
    '    columns:',
    '      - name: id',
    `        description: "key of ${name}"`,
    '        data_tests: [not_null]',
    '      - name: val',
    '',
  ].join('\n');

/** mulberry32: enough to spread references, and the same on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
