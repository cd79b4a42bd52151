import { expect, it } from 'vitest';
import type { Client } from '../../warehouses/snowflake/client.ts';
import type { Running } from '../run.ts';

/** Where facts are tried. */
export interface Ground extends Running {
  readonly ask: Client['ask'];
  /** Empty at the beginning, and of the run alone; with its database, as SQL has it. */
  readonly schema: string;
}

/** The first column of the first row. */
export const valueOf = async (ground: Pick<Ground, 'ask'>, sql: string): Promise<unknown> =>
  Object.values((await ground.ask(sql))[0] ?? {})[0];

/**
 * A question and what this account answers; `relied` is the answer without which lastgreen would be wrong. What the role
 * may not ask stays open, unless something relies on it.
 */
export function settles(question: string, relied: string | null, answer: () => Promise<string>): void {
  it(`${question}`, async ({ task }) => {
    const found = relied === null ? await answer().catch((error: unknown) => `open: ${said(error)}`) : await answer();
    Object.assign(task.meta, { answer: found, relied });
    expect(found).toBe(relied ?? found);
  });
}

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error)).replaceAll('\n', ' ');

export const yesOrNo = (is: boolean): 'yes' | 'no' => (is ? 'yes' : 'no');
