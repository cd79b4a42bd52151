import type { Ports } from './ports.ts';

/** What is told of a part of a command when it begins: in words, and with the ISO time at which it ends. */
interface Told {
  readonly detail: string;
  readonly until: string;
}

/** Runs a part of a command and tells how long it took, ms, and with `ended` what it came to. */
export async function phase<T>(
  ports: Pick<Ports, 'clock' | 'report'>,
  name: string,
  told: string | Told | null,
  act: () => Promise<T>,
  ended?: (result: T) => string,
): Promise<T> {
  const start = ports.clock.elapsedMs();
  ports.report({ is: 'phase', phase: name, ...(typeof told === 'string' ? { detail: told } : told) });
  const result = await act();
  const ms = ports.clock.elapsedMs() - start;
  ports.report({ is: 'phase-done', phase: name, ms, ...(ended ? { detail: ended(result) } : {}) });
  return result;
}
