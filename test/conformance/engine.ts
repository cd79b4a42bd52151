import type { Target } from './target.ts';
import type { Took } from './took.ts';

/** What was typed beside the target. */
export interface Choices {
  /** `--database`, of Snowflake. */
  readonly database?: string | undefined;
  /** `--policy-tag`, of BigQuery. */
  readonly policyTag?: string | undefined;
}

export interface EngineRun {
  readonly target: Target;
  readonly projectDir: string;
  /** What the names of all begin with that the run makes; in capitals. */
  readonly prefix: string;
  readonly choices: Choices;
}

/** What a run does on an account, or a project, of somebody's. Closing it ends the connection. */
export interface Opened extends AsyncDisposable {
  /** What was asked, in the server's own words. */
  readonly about: ReadonlyMap<string, string>;
  /** What the names of what is made begin with. */
  readonly prefix: string;
  /** Where that is, in words. */
  readonly madeIn: string;
  /** What its tests have to know of the run, as JSON; no secret is in it. */
  readonly run: object;
  /** What lastgreen's own statements of the run took. */
  took(): Promise<readonly Took[]>;
  /** Drops all that the run has made. */
  drop(): Promise<void>;
}

/** Throws Usage where there is nowhere to make anything. */
export type Open = (run: EngineRun) => Promise<Opened>;
