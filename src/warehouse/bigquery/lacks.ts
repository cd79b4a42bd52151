import type { Lack } from '../../domain/lack.ts';
import { identifier } from './dialect.ts';

/** What doctor looked at. */
export interface ProjectFacts {
  readonly project: string;
  /** Where the environment is said to be. */
  readonly location: string;
  readonly datasets: readonly DatasetFacts[];
  /** What the user lacks: on the project, or on a table of a dataset. */
  readonly missing: readonly { readonly permission: string; readonly on: string }[];
  /** Datasets of sides that views of another may not read. */
  readonly unauthorised: readonly (readonly [dataset: string, by: string])[];
  /** What views of the project read beside its sides. */
  readonly sources: readonly SourceFacts[];
}

export interface DatasetFacts {
  readonly dataset: string;
  readonly side: 'live' | 'slot';
  readonly location: string;
  readonly timeTravelHours: number;
  /** How many tables and views it holds. */
  readonly tables: number;
}

export interface SourceFacts {
  readonly project: string;
  readonly dataset: string;
  /** null: it may not be looked at. */
  readonly location: string | null;
  /** Datasets whose views read it and are not authorised there. */
  readonly unauthorised: readonly string[];
}

/** As an account has it by default, and the longest that there is (documentation, "Time travel"). */
const LONGEST_HOURS = 168;

/** What is missing or odd, in the order in which a release would meet it. */
export const lacksOf = (facts: ProjectFacts): readonly Lack[] => [
  ...permissions(facts),
  ...locations(facts),
  ...access(facts),
  ...sources(facts),
  ...timeTravel(facts),
  ...quotas(facts),
];

const permissions = ({ missing }: ProjectFacts): readonly Lack[] =>
  missing.map(({ permission, on }) => ({
    severity: 'bad',
    what: `${permission} is missing on ${on}`,
    next: `give the user of the target a role with ${permission}, such as ${roleWith(permission)}, on ${on}`,
  }));

/** Documentation, "BigQuery IAM roles and permissions". */
const roleWith = (permission: string): string =>
  permission.startsWith('bigquery.jobs.')
    ? 'roles/bigquery.user'
    : permission === 'bigquery.datasets.create'
      ? 'roles/bigquery.user'
      : 'roles/bigquery.dataOwner';

const locations = ({ datasets, location }: ProjectFacts): readonly Lack[] =>
  datasets
    .filter((one) => one.location.toLowerCase() !== location.toLowerCase())
    .map((one) => ({
      severity: 'bad',
      what: `dataset ${one.dataset} is in ${one.location}, and the environment in ${location}: nothing is copied from one to the other`,
      next:
        one.side === 'live'
          ? `give the target in profiles.yml \`location: ${one.location}\``
          : `drop ${one.dataset}, which is made again in ${location}, or name other datasets in \`idle:\` of lastgreen.yml`,
    }));

const access = ({ project, unauthorised }: ProjectFacts): readonly Lack[] =>
  unauthorised.map(([dataset, by]) => ({
    severity: 'warn',
    what: `views of ${by} may not read ${dataset} for readers who may not themselves`,
    next: `the next release authorises them, where its user has bigquery.datasets.update on ${project}.${dataset}`,
  }));

const sources = ({ sources: all, location }: ProjectFacts): readonly Lack[] =>
  all.flatMap((source): readonly Lack[] => {
    const name = `${source.project}.${source.dataset}`;
    if (source.location !== null && source.location.toLowerCase() !== location.toLowerCase())
      return [
        {
          severity: 'bad',
          what: `views read ${name}, which is in ${source.location}, and the environment is in ${location}`,
          next: `copy ${name} to ${location}, or have the environment in ${source.location}`,
        },
      ];
    const [first, ...others] = source.unauthorised;
    if (first === undefined) return [];
    return [
      {
        severity: 'warn',
        what: `views of ${first}${others.length > 0 ? ` and ${others.length} more datasets` : ''} read ${name}, which does not authorise them: readers need rights on it themselves`,
        next: authorising([first, ...others], name),
      },
    ];
  });

/** Copies and clones that a project may make in a day (documentation, "Quotas and limits", "Copy jobs"). */
const COPIES_A_DAY = 100_000;

/** What a release may take of what a project may do in a day; what is left of that today, nothing tells. */
function quotas({ project, datasets }: ProjectFacts): readonly Lack[] {
  const tables = datasets.filter(({ side }) => side === 'live').reduce((sum, one) => sum + one.tables, 0);
  if (tables <= COPIES_A_DAY / 10) return [];
  return [
    {
      severity: 'warn',
      what: `filling a slot for the first time takes up to ${counted(tables)} of the ${counted(COPIES_A_DAY)} copies and clones that ${project} may make in a day`,
      next: 'release before the day that counts, so that the slots are filled by then, or ask Google for a larger quota of copy jobs',
    },
  ];
}

const counted = (n: number): string => n.toLocaleString('en-US');

/** No statement does it (documentation, "Authorized datasets"). */
export const authorising = (datasets: readonly string[], of: string): string =>
  `authorise ${datasets.map(identifier).join(', ')} as ${datasets.length === 1 ? 'a dataset' : 'datasets'} of ${of}, in its sharing settings`;

const timeTravel = ({ datasets }: ProjectFacts): readonly Lack[] =>
  datasets
    .filter(({ side, timeTravelHours }) => side === 'slot' && timeTravelHours < LONGEST_HOURS)
    .map(({ dataset, timeTravelHours }) => ({
      severity: 'warn',
      what: `what ${dataset} held can be had back for ${timeTravelHours / 24} days`,
      next: `ALTER SCHEMA ${identifier(dataset)} SET OPTIONS (max_time_travel_hours = ${LONGEST_HOURS});`,
    }));
