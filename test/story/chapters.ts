import type { StoryCommit } from './repository.ts';

/** What readers can get in the course of the story: the same name stands for the same rows. */
export type Content =
  | 'the shop as it began'
  | 'test orders left out'
  | 'shipping counted once an item'
  | 'returned orders taken out';

/** What readers see when a command has ended. */
export interface Sees {
  readonly now: Content;
  /** What was live for a moment before: a reader may have seen it. */
  readonly glimpse?: Content;
}

export type Act =
  | { readonly do: 'commit'; readonly commit: StoryCommit }
  | { readonly do: 'revert' }
  | {
      readonly do: 'lastgreen';
      readonly args: readonly string[];
      readonly exit: number;
      /** What changes for readers; nothing when left out. */
      readonly sees?: Sees;
    };

/** A part of the story: what happens and why, for a release engineer, and what is typed. */
export interface Chapter {
  readonly title: string;
  readonly tells: string;
  readonly acts: readonly Act[];
}

const commit = (name: StoryCommit): Act => ({ do: 'commit', commit: name });

const typed = (command: string | readonly string[], exit = 0, sees?: Sees): Act => ({
  do: 'lastgreen',
  args: typeof command === 'string' ? command.split(' ') : command,
  exit,
  ...(sees ? { sees } : {}),
});

/** The story, the same on every engine. */
export const chapters = [
  {
    title: 'The first release',
    tells:
      'Nothing is live yet. lastgreen has dbt build everything on the idle side, asks the gates, and only then gives ' +
      'readers the names that they use.',
    acts: [typed('deploy', 0, { now: 'the shop as it began' }), typed('status')],
  },
  {
    title: 'A commit that changes two models',
    tells:
      'The plan says which nodes are built and why: the two models, and what is downstream of them. What did not ' +
      'change is not built again. The saved plan is what is carried out, or nothing.',
    acts: [
      commit('leave-test-orders-out'),
      typed('plan --out plan.json'),
      typed('deploy --plan plan.json', 0, { now: 'test orders left out' }),
    ],
  },
  {
    title: 'A bug that dbt does not notice',
    tells:
      'An inner join drops the orders of guests. Every dbt test passes, because each row that is left is right. A ' +
      'smoke check compares the rows with those that are live, and stops the release before readers see it.',
    acts: [commit('put-the-segment-on-orders'), typed('deploy', 3), typed('status'), { do: 'revert' }],
  },
  {
    title: 'A release that turns out wrong',
    tells:
      'Shipping is counted once an item instead of once an order. No check knows better, so it ships; a person sees ' +
      'it, and takes it back. The hold keeps a scheduled job from shipping the same commit again. It ends by itself ' +
      'with a commit that fixes all that was taken back, or when a person says so.',
    acts: [
      commit('count-shipping'),
      typed('deploy', 0, { now: 'shipping counted once an item' }),
      typed('rollback', 0, { now: 'test orders left out' }),
      typed('deploy', 4),
      commit('count-shipping-once'),
      typed(['hold', '--release', '--reason', 'shipping is counted once an order']),
    ],
  },
  {
    title: 'A release that is taken back by itself',
    tells:
      'Returned orders are taken out of one table and not of the other, which only the dashboard shows, where it ' +
      'reads. The live check fails right after the cutover, and lastgreen goes back before anybody is called.',
    acts: [
      commit('take-returns-out'),
      typed('deploy', 10, { now: 'test orders left out', glimpse: 'returned orders taken out' }),
    ],
  },
  {
    title: 'Back by building it again',
    tells:
      'Where no earlier side can be trusted, the commit that was green last is built again from what its release ' +
      'kept: source, packages, variables. The rows are the same. History and status tell it all.',
    acts: [typed('rollback --strategy rebuild'), typed('history'), typed('status')],
  },
] as const satisfies readonly Chapter[];
