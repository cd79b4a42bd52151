import type { Ports } from '../engine/ports.ts';
import { records } from '../engine/records.ts';

export interface LiveNow {
  readonly release: string;
  readonly content: string;
  readonly sha: string;
}

/** What readers have, by the warehouse, else by the store; null when nothing is live or nobody can tell. */
export async function liveNow(ports: Ports): Promise<LiveNow | null> {
  const nobody = () => null;
  const mark = await ports.warehouse.standing().then(({ mark }) => mark, nobody);
  const live =
    mark ??
    (await records(ports)
      .head()
      .then((found) => found?.head.live ?? null, nobody));
  return live && { release: live.release, content: live.content, sha: live.sha };
}
