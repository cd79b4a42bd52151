/** The ways in which dbt-bigquery keeps rows. */
export const kinds = ['partitioned', 'clustered', 'microbatch'] as const;
export type Kind = (typeof kinds)[number];

/** dbt's config of a model. */
export interface Config {
  readonly [key: string]: unknown;
  readonly partition_by?: { readonly field: string; readonly data_type: 'date'; readonly granularity?: string };
  readonly cluster_by?: readonly string[];
}

/** What a commit says of a model; left out: what is usual. */
export interface Text {
  /** The column `says`. */
  readonly says?: string;
  readonly reads?: string;
  /** Which rows of that. */
  readonly only?: string;
  /** Beside what makes it one of its kind. */
  readonly config?: Config;
  readonly configOf?: Readonly<Partial<Record<Kind, Config>>>;
  /** Beside its config. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

export interface Expected {
  /** Why the release builds it, each with its detail. */
  readonly why: readonly string[];
  readonly history: 'full' | 'seed';
  readonly because: string;
}

/** A row of the table of histories: what a commit changes of a model, and what then becomes of the rows that it has. */
export interface Row {
  readonly name: string;
  readonly was: Text | null;
  readonly is: Text;
  /** Only of these kinds is there such a model. */
  readonly expected: Readonly<Partial<Record<Kind, Expected>>>;
}

export const thisYear = new Date().getUTCFullYear();
export const SINCE = `${thisYear - 1}-01-01`;

type Three = Readonly<Record<Kind, Expected>>;
const all = (expected: Expected): Three => ({ partitioned: expected, clustered: expected, microbatch: expected });

/** Built in full; of a microbatch model, which nobody asked to be built again, earlier batches stay. */
const remade = (why: string, cause: string): Three => ({
  ...all({ why: [why], history: 'full', because: cause }),
  microbatch: {
    why: [why],
    history: 'seed',
    because: `microbatch without \`backfill: {since}\`: earlier batches stay as they are, although ${cause}`,
  },
});
const own = (cause: string): Three => remade(cause, `its own definition changed (${cause})`);
const above = (parent: string, cause: string): Three => remade(`upstream: ${parent}`, cause);
const kept = (why: string): Three => all({ why: [why], history: 'seed', because: 'its rows stay as they are' });
/** Kept although its body is another. */
const held = (because: string): Three =>
  all({ why: ['body'], history: 'seed', because: `${because}, although its own definition changed (body)` });

const columns = { id: 'int64', name: 'string', day: 'date', says: 'string', made_in: 'string' };
export const columnsOf = (of: Readonly<Record<string, string>>) => ({
  columns: Object.entries(of).map(([name, data_type]) => ({ name, data_type })),
});
/** Without it dbt takes no contract of an incremental. */
const contractable: Config = { on_schema_change: 'fail' };
const inColumns = (of: Readonly<Record<string, string>>): Text => ({
  config: { ...contractable, contract: { enforced: true } },
  properties: columnsOf(of),
});

/** A model that reads another, which is what changes. */
const reader = (name: string, reads: string, expected: Row['expected']): Row => ({
  name,
  was: { reads },
  is: { reads },
  expected,
});
/** A model whose config says more than before. */
const more = (name: string, config: Config, expected: Row['expected']): Row => ({
  name,
  was: {},
  is: { config },
  expected,
});
/** A model whose query gives other rows than before. */
const another = (name: string, o: Omit<Text, 'says'>, expected: Row['expected']): Row => ({
  name,
  was: { ...o, says: "'one'" },
  is: { ...o, says: "'two'" },
  expected,
});

const huge = { reads: 'bulk', only: 'id <= 3', config: { tags: ['huge'] } };
const { microbatch: _, ...fullOrNot } = own('config: cluster_by');

export const rows: readonly Row[] = [
  {
    name: 'new',
    was: null,
    is: { reads: 'fresh' },
    expected: all({ why: ['new', 'upstream: fresh'], history: 'full', because: 'new' }),
  },
  {
    name: 'became',
    was: { config: { materialized: 'table' } },
    is: {},
    expected: {
      ...all({ why: ['config: materialized'], history: 'full', because: 'was a table before' }),
      // dbt reads `begin` of microbatch models alone as a time.
      microbatch: { why: ['config: begin, materialized'], history: 'full', because: 'was a table before' },
    },
  },

  another('body', {}, own('body')),
  { name: 'contract', was: { config: contractable }, is: inColumns(columns), expected: own('contract: enforced now') },
  { name: 'macro', was: { says: '{{ said() }}' }, is: { says: '{{ said() }}' }, expected: own('macro: said') },
  {
    name: 'vars',
    was: { says: "'{{ var('word') }}'" },
    is: { says: "'{{ var('word') }}'" },
    expected: own('vars: word'),
  },
  more('keys', { unique_key: ['id', 'day'] }, own('config: unique_key')),
  more('clusters', { cluster_by: ['name'] }, fullOrNot),
  {
    name: 'partitions',
    was: {},
    is: { configOf: { partitioned: { partition_by: { field: 'day', data_type: 'date', granularity: 'month' } } } },
    expected: { partitioned: own('config: partition_by').partitioned },
  },
  {
    name: 'strategy',
    was: {},
    is: {
      configOf: {
        partitioned: { incremental_strategy: 'merge' },
        clustered: { incremental_strategy: 'merge' },
        microbatch: { incremental_strategy: 'insert_overwrite' },
      },
    },
    expected: {
      ...all(own('config: incremental_strategy').clustered),
      microbatch: own('config: begin, incremental_strategy').clustered,
    },
  },
  another(
    'since',
    { configOf: { microbatch: { begin: `${thisYear - 2}-01-01` } } },
    {
      microbatch: {
        why: ['body'],
        history: 'seed',
        because: `microbatch: backfilled from ${SINCE}, because its own definition changed (body)`,
      },
    },
  ),

  reader('above_seed', 'of_rates', above('of_rates', 'rates changed (seed file)')),
  reader('above_body', 'body_parent', above('body_parent', 'body_parent changed (body)')),
  reader('above_macro', 'macro_parent', above('macro_parent', 'macro_parent changed (macro: said)')),
  reader('above_vars', 'vars_parent', above('vars_parent', 'vars_parent changed (vars: word)')),
  reader(
    'above_contract',
    'contract_parent',
    above('contract_parent', 'contract_parent changed (contract: enforced now)'),
  ),
  reader('above_but', 'body_parent', {
    ...all({
      why: ['upstream: body_parent'],
      history: 'seed',
      because: 'on_parent_change: seed, although body_parent changed (body)',
    }),
    microbatch: above('body_parent', 'body_parent changed (body)').microbatch,
  }),

  reader('above_hooks', 'hooks_parent', kept('upstream: hooks_parent')),
  more('hooks', { post_hook: ['select 1'] }, kept('hooks')),
  more('grants', { grants: { 'roles/bigquery.dataViewer': ['user:ann@example.com'] } }, kept('config: grants')),
  more('docs', { docs: { show: false } }, kept('config: docs')),
  more('tags', { tags: ['hourly'] }, kept('tags')),

  another('pinned', { config: { full_refresh: false } }, held('full_refresh: false')),
  another('huge', huge, held('excluded from full refresh')),
  another('large', { reads: 'bulk' }, held('over the size limit (more of 51200 bytes)')),
];

/** Commits after which what keeps its rows is not as its definition says; null: as it was. */
export function misfit({ name, is }: Row): Text {
  if (name === 'pinned' || name === 'since') return { ...is, says: "3 as pieces, 'three'" };
  if (name !== 'huge') return is;
  const clustered = { cluster_by: ['name'] };
  const byMonth: Config = { partition_by: { field: 'day', data_type: 'date', granularity: 'month' } };
  return { ...is, configOf: { partitioned: byMonth, clustered, microbatch: clustered } };
}
