import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { z } from 'zod';
import type { Io } from '../../../src/cli/io.ts';
import { main } from '../../../src/cli/main.ts';
import { type Doom, doomVariable } from './doomed.ts';
import type { Shop } from './environment.ts';

/** How a command ended, as whoever typed it sees it. */
export interface Ended {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** Where a command is typed. */
export interface Place {
  readonly dir: string;
  readonly signal?: AbortSignal;
  /** Gets what is told on the way. */
  readonly hears?: (text: string) => void;
}

/** Types a command in the shop, in this process. */
export async function type(place: Place, ...argv: readonly string[]): Promise<Ended> {
  const [out, err]: [string[], string[]] = [[], []];
  const sink = (to: string[]) => ({
    write(text: string) {
      to.push(text);
      place.hears?.(text);
    },
    isTTY: false,
    columns: 80,
  });
  const io: Io = {
    stdout: sink(out),
    stderr: sink(err),
    stdin: Readable.from([]),
    env: process.env,
    cwd: place.dir,
    signal: place.signal ?? new AbortController().signal,
  };
  const exit = await main(argv, io);
  return { exit, out: out.join(''), err: err.join('') };
}

const built = fileURLToPath(new URL('../../../bin/lastgreen.js', import.meta.url));
const doomed = fileURLToPath(new URL('./doomed.ts', import.meta.url));

const noteOf = (shop: Shop): string => join(shop.root, 'effects');

type Fate = Partial<Pick<Doom, 'at' | 'how' | 'images' | 'refusals'>>;

/** Starts the built command as a process of its own, to meet its fate at one of its effects. */
export async function start(shop: Shop, argv: readonly string[], fate: Fate) {
  await rm(noteOf(shop), { force: true });
  const lives: Doom = { folders: shop.folders, note: noteOf(shop), images: null, at: null, how: 'die', refusals: null };
  const doom: Doom = { ...lives, ...fate };
  const env = {
    [doomVariable]: JSON.stringify(doom),
    TMPDIR: shop.root,
    // The same few hundred modules are compiled once for all processes (Node, "Module compile cache").
    NODE_COMPILE_CACHE: join(shop.root, 'compiled'),
  };
  const options = { cwd: shop.dir, env, reject: false } as const;
  // In an object: a promise of a promise would wait for its end.
  return { process: execa(process.execPath, ['--import', doomed, built, ...argv], options) };
}

export interface Died {
  /** null: it came to its end. */
  readonly signal: string | null;
  readonly exit: number | null;
  readonly effects: readonly Noted[];
  readonly said: string;
}

/** The same, to its end. */
export async function run(shop: Shop, argv: readonly string[], fate: Fate): Promise<Died> {
  const ended = await (await start(shop, argv, fate)).process;
  return {
    signal: ended.signal ?? null,
    exit: ended.exitCode ?? null,
    effects: await noted(shop),
    said: `${ended.stdout}${ended.stderr}`,
  };
}

const image = z.object({
  place: z.string(),
  folders: z.array(z.string()),
  modes: z.array(z.tuple([z.string(), z.number()])),
});
const effect = z.object({
  n: z.number(),
  aside: z.boolean(),
  does: z.string(),
  what: z.string(),
  image: image.nullable(),
});
/** An effect, and what was there before it. */
export type Noted = z.infer<typeof effect>;

/** What the process that was started last has done or was about to do. */
export const noted = async (shop: Shop): Promise<readonly Noted[]> =>
  (await readFile(noteOf(shop), 'utf8').catch(() => ''))
    .split('\n')
    .filter(Boolean)
    .map((line) => effect.parse(JSON.parse(line)));
