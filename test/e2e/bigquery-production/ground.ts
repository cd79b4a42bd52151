import { expect } from 'vitest';
import { type StatusDocument, status } from '../../../src/cli/render/status.ts';
import type { Ended } from '../../story/command.ts';
import type { RuleGiven } from '../../warehouses/bigquery/control.ts';
import { type Described, described } from './described.ts';
import { byHand } from './files.ts';
import { makeProduction, type Production, READ } from './stage.ts';

/** A production, and how it is looked at. */
export interface Ground extends Production {
  /** What readers use, before any release. */
  readonly before: Readonly<Record<string, Described>>;
  /** What readers use now. */
  shown(): Promise<Readonly<Record<string, Described>>>;
  /** The document of `status`. */
  now(): Promise<StatusDocument>;
  /** The dataset behind each name that is a view of lastgreen's. */
  behind(): Promise<Readonly<Record<string, string>>>;
  /** Types a command, kills it at a request to the server, and lets that go on. */
  killedAt(given: KilledAt, ...args: readonly string[]): Promise<Ended>;
}

type KilledAt = Pick<RuleGiven, 'match' | 'nth' | 'when'>;

/** With what people made beside it. */
export async function makeGround(): Promise<Ground> {
  const production = await makeProduction();
  const { server, project, owner } = production;
  const shown = () => described(owner, READ);
  for (const sql of byHand) await owner.ask(sql);
  return {
    ...production,
    before: await shown(),
    shown,
    now: () => project.document(status, 'status'),
    async behind() {
      const rows = await Promise.all(
        READ.map((dataset) =>
          owner.ask(`select concat('${dataset}.', table_name) as name, view_definition as text
            from ${dataset}.INFORMATION_SCHEMA.VIEWS where view_definition like 'SELECT * FROM \`%'`),
        ),
      );
      return Object.fromEntries(
        rows.flat().map(({ name, text }) => [String(name), /\.(\w+)\.\w+`$/.exec(String(text))?.[1] ?? '']),
      );
    },
    async killedAt(given, ...args) {
      const rule = await server.control.rule({ ...given, do: { kind: 'hold' } });
      const running = project.start(...args);
      const early = running.ended.then(({ stderr }) => Promise.reject(new Error(`it ended before:\n${stderr}`)));
      early.catch(() => undefined);
      await Promise.race([rule.reached(PATIENCE), early]);
      running.kill('SIGKILL');
      const ended = await running.ended;
      await server.control.clearRules();
      expect(ended.signal).toBe('SIGKILL');
      return ended;
    },
  };
}

const PATIENCE = 120_000;
