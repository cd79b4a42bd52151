/** What becomes of the statement that a rule is for. */
export type Action =
  | { readonly kind: 'fail'; readonly code: number; readonly message: string; readonly sqlState?: string }
  | { readonly kind: 'delay'; readonly ms: number }
  /**
   * The connection is closed without an answer. Before: nothing of the request from that statement on is done. After: all
   * of it is. snowflake-sdk then asks for the same request again, 14 times in up to 100 s. `answered`: its second try
   * gets what the first would have got; `refused`: it is told HTTP 400, for which it gives up; else it is dropped again.
   */
  | { readonly kind: 'drop'; readonly retries?: 'answered' | 'refused' }
  /** Until the rule is released. */
  | { readonly kind: 'hold' };

export interface RuleGiven {
  /** Without regard to case, anywhere in the statement. */
  readonly match: RegExp | string;
  /** Which of the statements that match is meant, from when the rule was made; the first when left out. */
  readonly nth?: number;
  /** Whether all that match after it are meant, too. */
  readonly onwards?: boolean;
  /** Whether it has been carried out by then. */
  readonly when: 'before' | 'after';
  readonly do: Action;
}

export interface Rule {
  /** Waits until the statement is there. Throws when it has not come within so many ms (10 s when left out). */
  reached(ms?: number): Promise<void>;
  /** Lets a statement go on that is held or delayed. */
  release(): Promise<void>;
}

export interface Statement {
  readonly id: string;
  /** The request of several statements that it was part of. */
  readonly parent: string | null;
  readonly session: number;
  readonly user: string;
  readonly sql: string;
  readonly tag: string;
  readonly status: 'RUNNING' | 'SUCCESS' | 'FAILED_WITH_ERROR';
  readonly code: number | null;
  /** ISO 8601. */
  readonly started: string;
}

interface Unreadable extends Pick<Statement, 'sql' | 'tag'> {
  readonly error: string;
}

/** What tests ask of the server itself. */
export interface Control {
  identity(): Promise<string>;
  rule(given: RuleGiven): Promise<Rule>;
  /** Forgets all rules, and releases what they hold. */
  clearRules(): Promise<void>;
  /** All statements that were begun, oldest first; those of a request of several one by one. */
  statements(): Promise<readonly Statement[]>;
  /** Those that sqlglot's Snowflake dialect cannot parse, or only keeps as text, with what it says. */
  unreadableStatements(): Promise<readonly Unreadable[]>;
  /** Keeps a database and those named for it (`SHOP`, `SHOP__GREEN`), with the identity of what is in them, under a name. */
  keep(database: string, name: string): Promise<void>;
  /** Makes them what they were when they were kept. Nobody may be writing to them. */
  putBack(database: string, name: string): Promise<void>;
  /** Moves the server's time on. */
  passTime(seconds: number): Promise<void>;
  /** Ends a session, as by its age (390112) or its token's (390114). */
  endSession(session: number | string, code?: 390111 | 390112 | 390114): Promise<void>;
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
          if (!reached) throw new Error(`no statement that matches ${pattern} came within ${ms} ms`);
        },
        release: async () => {
          await ask('rules/release', { id });
        },
      };
    },
    clearRules: async () => {
      await ask('rules/clear');
    },
    statements: async () => (await ask<{ statements: readonly Statement[] }>('statements')).statements,
    unreadableStatements: async () =>
      (await ask<{ statements: readonly Unreadable[] }>('statements/unreadable')).statements,
    keep: async (database, name) => {
      await ask('keep', { database, name });
    },
    putBack: async (database, name) => {
      await ask('put-back', { database, name });
    },
    passTime: async (seconds) => {
      await ask('clock', { seconds });
    },
    endSession: async (session, code = 390112) => {
      await ask('end-session', { session, code });
    },
  };
}
