import * as z from 'zod';
import { type Block, line, next, table } from './blocks.ts';
import { envelope, type Rendering } from './document.ts';
import { atTime, counted, inBytes } from './words.ts';

const side = z.object({ release: z.string(), bytes: z.number().nullable() });

/** `lastgreen prune --json`. */
const pruned = z.object({
  ...envelope('pruned'),
  now: z.string(),
  /** Kept sides whose time has passed. */
  sides: z.array(side),
  /** Kept sides that stay. */
  staying: z.array(side.extend({ until: z.string() })),
  /** What adopt set aside that goes, or stays for a while. */
  aside: z.array(z.object({ name: z.string(), until: z.string().nullable() })),
  /** Releases whose artifacts are not needed any more. */
  artifacts: z.array(z.string()),
  /** What is gone now. */
  removed: z.array(z.string()),
  next: z.string(),
});

type Pruned = z.infer<typeof pruned>;

export const prunedRendering: Rendering<Pruned> = {
  schema: pruned,
  blocks: (p) => [headline(p), ...rows(p), next(p.next)],
};

function headline({ outcome, removed }: Pruned): Block {
  if (outcome === 'nothing-to-do') return line('Nothing has outlived its time.');
  return line(outcome === 'pruned' ? `Deleted ${counted(removed.length, 'thing')}.` : 'This would be deleted:');
}

function rows({ sides, staying, aside, artifacts, now }: Pruned): readonly Block[] {
  const found = [
    ...sides.map(({ release, bytes: size }) => ['goes', `kept side of ${release}`, size === null ? '' : inBytes(size)]),
    ...aside.map(({ name, until }) => [
      until === null ? 'goes' : `until ${atTime(until, now)}`,
      `${name}, which a view took the place of`,
      '',
    ]),
    ...artifacts.map((release) => ['goes', `artifacts of ${release}`, '']),
    ...staying.map(({ release, bytes: size, until }) => [
      `until ${atTime(until, now)}`,
      `kept side of ${release}`,
      size === null ? '' : inBytes(size),
    ]),
  ];
  return found.length === 0 ? [] : [table(null, found)];
}
