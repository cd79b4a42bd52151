/** What becomes of the request that a rule is for. */
export type Action =
  /**
   * `job`: the request is answered, and the job that it begins fails. `code` is the HTTP status; that of the reason when
   * left out.
   */
  | {
      readonly kind: 'fail';
      readonly reason: string;
      readonly message: string;
      readonly code?: number;
      readonly job?: boolean;
    }
  | { readonly kind: 'delay'; readonly ms: number }
  /** The connection is closed without an answer. Before: nothing is done. After: all of it is. */
  | { readonly kind: 'drop' }
  /** Until the rule is released. */
  | { readonly kind: 'hold' };

export interface RuleGiven {
  /** Without regard to case, anywhere in `METHOD path` and, behind it, the SQL, or the body where there is no SQL. */
  readonly match: RegExp | string;
  /** Which of the requests that match is meant, from when the rule was made; the first when left out. */
  readonly nth?: number;
  /** Whether all that match after it are meant, too. */
  readonly onwards?: boolean;
  /** From the n-th on, each so many-th. */
  readonly every?: number;
  /** Whether it has been carried out by then; a job that it began has ended. Before, when left out. */
  readonly when?: 'before' | 'after';
  readonly do: Action;
}

export interface Rule {
  /** Waits until the request is there. Throws when it has not come within so many ms (10 s when left out). */
  reached(ms?: number): Promise<void>;
  /** Lets requests go on that are held or delayed. */
  release(): Promise<void>;
}

export interface RequestSeen {
  readonly number: number;
  readonly method: string;
  readonly path: string;
  readonly sql: string | null;
  readonly body: unknown;
  /** The job that it began. */
  readonly job: string | null;
  readonly user: string | null;
  readonly ifMatch: string | null;
  /** HTTP; null while it is being answered, 0 when the connection was dropped. */
  readonly status: number | null;
  /** Why its job failed. */
  readonly reason: string | null;
  /** ISO 8601. */
  readonly started: string;
}

interface Unreadable {
  readonly sql: string;
  /** The label `app` of its job; null: it has none. */
  readonly app: string | null;
  readonly error: string;
}

/** What tests ask of the server itself. */
export interface Control {
  identity(): Promise<string>;
  rule(given: RuleGiven): Promise<Rule>;
  /** Forgets all rules, and releases what they hold. */
  clearRules(): Promise<void>;
  /** The requests that came, oldest first; those behind the first so many, when that is said. */
  requests(after?: number): Promise<readonly RequestSeen[]>;
  /** The statements that sqlglot's BigQuery dialect cannot parse, or only keeps as text, with what it says. */
  unreadableStatements(): Promise<readonly Unreadable[]>;
  /** Keeps the datasets whose names begin so, with the identity of what is in them, under a name. */
  keep(dataset: string, name: string): Promise<void>;
  /**
   * Makes them what they were when they were kept; others whose names begin so go. The ids of jobs that were begun since
   * can be used again. Nobody may be writing to them.
   */
  putBack(dataset: string, name: string): Promise<void>;
  /** Moves the server's time on. */
  passTime(seconds: number): Promise<void>;
  /** Makes another project, without a dataset. */
  addProject(project: string): Promise<void>;
}

export function controlOf(url: string): Control {
  const ask = async <T>(what: string, body: object = {}): Promise<T> => {
    const answer = await fetch(`${url}/_lastgreen/${what}`, { method: 'POST', body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    // Our own server, of the same commit, wrote it.
    return JSON.parse(text) as T;
  };
  return {
    identity: async () => (await ask<{ token: string }>('identity')).token,
    rule: async ({ match, ...given }) => {
      const pattern = typeof match === 'string' ? match : match.source;
      const { id } = await ask<{ id: number }>('rules/add', { ...given, match: pattern });
      return {
        reached: async (ms = 10_000) => {
          const { reached } = await ask<{ reached: boolean }>('rules/reached', { id, ms });
          if (!reached) throw new Error(`no request that matches ${pattern} came within ${ms} ms`);
        },
        release: async () => {
          await ask('rules/release', { id });
        },
      };
    },
    clearRules: async () => {
      await ask('rules/clear');
    },
    requests: async (after = 0) => (await ask<{ requests: readonly RequestSeen[] }>('requests', { after })).requests,
    unreadableStatements: async () =>
      (await ask<{ statements: readonly Unreadable[] }>('statements/unreadable')).statements,
    keep: async (dataset, name) => {
      await ask('keep', { dataset, name });
    },
    putBack: async (dataset, name) => {
      await ask('put-back', { dataset, name });
    },
    passTime: async (seconds) => {
      await ask('clock', { seconds });
    },
    addProject: async (project) => {
      await ask('projects/add', { project });
    },
  };
}
