import type { Ports } from './ports.ts';

/** Runs a part of a command and tells how long it took, ms. */
export async function phase<T>(
  ports: Pick<Ports, 'clock' | 'report'>,
  name: string,
  detail: string | null,
  act: () => Promise<T>,
): Promise<T> {
  const start = ports.clock.elapsedMs();
  ports.report({ is: 'phase', phase: name, ...(detail === null ? {} : { detail }) });
  const result = await act();
  ports.report({ is: 'phase-done', phase: name, ms: ports.clock.elapsedMs() - start });
  return result;
}
