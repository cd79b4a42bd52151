import { expect, it } from 'vitest';

/**
 * A question and what is answered there; `relied` is the answer without which lastgreen would be wrong. What the role may not
 * ask stays open, unless something relies on it.
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
