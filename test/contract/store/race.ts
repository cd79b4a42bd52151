import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Finish, Race } from './racer.ts';

/** Runs as many processes against one store; all are up before the first begins. */
export async function race(processes: number, of: Omit<Race, 'me'>): Promise<readonly Finish[]> {
  const racer = fileURLToPath(new URL('./racer.ts', import.meta.url));
  const children = Array.from({ length: processes }, () => fork(racer, { execArgv: [] }));
  await Promise.all(children.map((child) => once(child, 'message')));
  return Promise.all(
    children.map(async (child, me) => {
      const answer = once(child, 'message');
      const died = once(child, 'exit').then(([code]) => {
        throw new Error(`a racer ended with ${String(code)}`);
      });
      child.send({ ...of, me });
      // The racer answers with a Finish, or dies.
      const [finish] = (await Promise.race([answer, died])) as [Finish];
      died.catch(() => undefined);
      return finish;
    }),
  );
}
