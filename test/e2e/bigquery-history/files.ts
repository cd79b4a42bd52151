import { stringify } from 'yaml';
import { type Config, columnsOf, type Kind, kinds, type Row, rows, SINCE, type Text, thisYear } from './rows.ts';

type Files = Readonly<Record<string, string>>;

/** dbt's config of each kind. */
const configOf: Readonly<Record<Kind, Config>> = {
  partitioned: {
    incremental_strategy: 'insert_overwrite',
    partition_by: { field: 'day', data_type: 'date' },
    unique_key: 'id',
  },
  clustered: { unique_key: 'id', cluster_by: ['id'] },
  microbatch: {
    incremental_strategy: 'microbatch',
    event_time: 'day',
    batch_size: 'year',
    lookback: 0,
    begin: SINCE,
    partition_by: { field: 'day', data_type: 'date', granularity: 'year' },
  },
};

/** The config of a model, as dbt comes to have it. */
const configFor = (kind: Kind, { config, configOf: byKind }: Text): Config => ({
  materialized: 'incremental',
  ...configOf[kind],
  ...config,
  ...byKind?.[kind],
});

/** How a table of that config lies, as the API has it. */
export function layoutFor(kind: Kind, text: Text) {
  const { partition_by: by, cluster_by: fields } = configFor(kind, text);
  return {
    partitions: by ? `${(by.granularity ?? 'day').toUpperCase()} of ${by.field}` : null,
    clusters: fields ?? null,
  };
}

/** Each row says in which run of dbt it was made. What is there already, but for the newest batch, is not made again. */
const sqlOf = (kind: Kind, { says = "'always'", reads = 'events', only = 'true' }: Text): string =>
  `select id, name, day, ${says} as says, '{{ invocation_id }}' as made_in from {{ ref('${reads}') }} where ${only}\n${
    kind === 'microbatch' ? '' : '{% if is_incremental() %} and day > (select max(day) from {{ this }}) {% endif %}\n'
  }`;

const eventsWith = (more: string): string => `select id, name, day${more} from {{ ref('events') }}\n`;

/** What the models read: of each one thing changes. */
const parents = (second: boolean): Readonly<Record<string, readonly [config: Config, sql: string]>> => ({
  bulk: [
    { materialized: 'table' },
    "select id + 3 * n as id, name, day from {{ ref('events') }} cross join unnest(generate_array(0, 1999)) as n\n",
  ],
  rates_table: [
    { materialized: 'table' },
    "select e.*, r.rate from {{ ref('events') }} as e join {{ ref('rates') }} as r using (id)\n",
  ],
  rates_view: [{ materialized: 'view' }, "select * from {{ ref('rates_table') }}\n"],
  of_rates: [{ materialized: 'ephemeral' }, "select * from {{ ref('rates_view') }}\n"],
  body_parent: [{ materialized: 'view' }, eventsWith(second ? ', 2 as version' : ', 1 as version')],
  macro_parent: [{ materialized: 'view' }, eventsWith(', {{ said() }} as word')],
  vars_parent: [{ materialized: 'view' }, eventsWith(", '{{ var('word') }}' as word")],
  contract_parent: [{ materialized: 'table', ...(second ? { contract: { enforced: true } } : {}) }, eventsWith('')],
  hooks_parent: [{ materialized: 'table', ...(second ? { post_hook: ['select 1'] } : {}) }, eventsWith('')],
  ...(second ? { fresh: [{ materialized: 'view' }, eventsWith('')] as const } : {}),
});

interface Commit {
  /** Whether what is shared is that of the second commit. */
  readonly second: boolean;
  /** In lastgreen.yml. */
  readonly build: Config;
  readonly textOf: (row: Row) => Text | null;
}

const days = [thisYear - 2, thisYear - 1, thisYear].map((year) => `${year}-01-01`);

/** The models of the table, with what a commit says of each. */
export const modelsOf = (textOf: (row: Row) => Text | null) =>
  rows.flatMap((row) =>
    kinds.flatMap((kind) => {
      const [text, expected] = [textOf(row), row.expected[kind]];
      return text && expected ? [{ name: `${kind}_${row.name}`, kind, row, text, expected }] : [];
    }),
  );

/** All of the project that differs between commits. */
export function commit({ second, build, textOf }: Commit): Files {
  const models = modelsOf(textOf).map(({ name, kind, text }) => ({
    name,
    sql: sqlOf(kind, text),
    config: configFor(kind, text),
    ...text.properties,
  }));
  const above = Object.entries(parents(second)).map(([name, [config, sql]]) => ({
    name,
    sql,
    config: { event_time: 'day', ...config },
    ...(name === 'contract_parent' ? columnsOf({ id: 'int64', name: 'string', day: 'date' }) : {}),
  }));
  return {
    'dbt_project.yml': stringify({
      name: 'small',
      version: '1.0.0',
      'config-version': 2,
      profile: 'small',
      vars: { word: second ? 'two' : 'one' },
      flags: { send_anonymous_usage_stats: false },
    }),
    'lastgreen.yml': stringify({
      version: 1,
      environments: {
        prod: {
          target: 'prod',
          build: { backfill: { microbatch_since: { since: SINCE } }, max_bytes: '50KB', ...build },
          history: Object.fromEntries(kinds.map((kind) => [`${kind}_above_but`, { on_parent_change: 'seed' }])),
        },
      },
    }),
    'macros/said.sql': `{% macro said() %}'${second ? 'two' : 'one'}'{% endmacro %}\n`,
    'seeds/events.csv': `id,name,day\n${days.map((day, i) => `${i + 1},${'abc'[i]},${day}`).join('\n')}\n`,
    'seeds/rates.csv': `id,rate\n${days.map((_, i) => `${i + 1},${second ? 20 : 10}`).join('\n')}\n`,
    'seeds/properties.yml': stringify({ seeds: [{ name: 'events', config: { event_time: 'day' } }] }),
    'snapshots/past.yml': stringify({
      snapshots: [
        {
          name: 'past',
          relation: "ref('rates')",
          config: { unique_key: 'id', strategy: 'check', check_cols: second ? ['rate'] : 'all' },
        },
      ],
    }),
    'models/properties.yml': stringify({
      models: [...models, ...above].map(({ sql: _, ...properties }) => properties),
    }),
    ...Object.fromEntries([...models, ...above].map(({ name, sql }) => [`models/${name}.sql`, sql])),
  };
}
