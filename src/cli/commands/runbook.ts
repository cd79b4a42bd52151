import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import * as z from 'zod';
import { suggestion } from '../../config/suggest.ts';
import { fail } from '../../domain/errors.ts';
import { liveNow } from '../live.ts';
import { rendered } from '../render/document.ts';
import { runbookRendering } from '../render/runbook.ts';
import { short } from '../render/words.ts';
import { type Context, verb } from '../verb.ts';

const FOLDER = join(dirname(createRequire(import.meta.url).resolve('#package')), 'runbooks');

export const runbook = verb({
  name: 'runbook',
  summary: 'what a person does about an error',
  about: `What a person does when lastgreen cannot go on by itself, with this environment's names filled in. Without a topic
it lists the topics. Works without config, store and warehouse.`,
  arguments: [{ name: '[topic]', about: 'such as lease-held' }],
  options: [],
  examples: [
    ['lastgreen runbook', 'the topics'],
    ['lastgreen runbook indeterminate', 'a cutover stopped in the middle'],
  ],
  input: z.object({ topic: z.string().optional() }),
  async run(context, { topic }) {
    const topics = await readTopics();
    const known = [...topics.keys()];
    const found = topic === undefined ? null : topics.get(topic);
    if (found === undefined)
      return fail('USAGE', {
        message: `There is no runbook ${topic}.${suggestion(topic ?? '', known)}`,
        next: 'lastgreen runbook',
      });
    const names: Partial<Names> = topic === undefined ? {} : await namesOf(context);
    return rendered(runbookRendering, {
      schema: 'lastgreen/runbook/1',
      environment: names.environment ?? '',
      outcome: 'done',
      exit: 0,
      topic: topic ?? null,
      text: found === null ? null : filledIn(found, names),
      topics: [...topics].map(([name, text]) => ({ name, title: titleOf(text) })),
      next: topic === undefined ? 'lastgreen runbook TOPIC' : context.typed('lastgreen status'),
    });
  },
});

async function readTopics(): Promise<ReadonlyMap<string, string>> {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.md') && name !== 'README.md').toSorted();
  const texts = files.map(async (name) => [name.slice(0, -3), await readFile(join(FOLDER, name), 'utf8')] as const);
  return new Map(await Promise.all(texts));
}

const titleOf = (text: string): string => /^# (.*)$/m.exec(text)?.[1] ?? '';

/** What the placeholders of a page become. */
interface Names {
  readonly environment: string;
  readonly live: string;
  readonly store: string;
}

/** Placeholders stay where nobody can tell: a page is always readable. */
async function namesOf(context: Context): Promise<Partial<Names>> {
  const unknown = () => null;
  const found = await context.configured().then(({ config, environment }) => ({ config, environment }), unknown);
  if (!found) return {};
  const opened = await context.open().then(({ ports }) => ports, unknown);
  const live = opened && (await liveNow(opened));
  return {
    environment: found.environment.settings.environment,
    store: relative(context.io.cwd, found.config.store) || '.',
    ...(opened ? { live: live ? `${live.release} (${short(live.sha)})` : 'nothing' } : {}),
  };
}

const filledIn = (text: string, names: Partial<Names>): string =>
  text.replaceAll(/\{(environment|live|store)\}/g, (whole, name: keyof Names) => names[name] ?? whole);
