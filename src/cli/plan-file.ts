import { readFile, writeFile } from 'node:fs/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod';
import { fail } from '../domain/errors.ts';
import { decodePlan, encode } from '../engine/documents/codec.ts';
import type { SavedPlan } from '../engine/facts.ts';

const SCHEMA = 'lastgreen/saved-plan/1';

const saved = z.object({
  schema: z.literal(SCHEMA),
  plan: z.unknown(),
  /** gzip, base64. */
  manifests: z.object({ live: z.base64(), idle: z.base64() }),
});

const pack = (bytes: Uint8Array): string => gzipSync(bytes).toString('base64');
const unpack = (text: string): Uint8Array => gunzipSync(Buffer.from(text, 'base64'));

/** Throws USAGE when the file cannot be written. */
export async function writePlan(path: string, { plan, manifests }: SavedPlan): Promise<void> {
  const packed = { live: pack(manifests.live), idle: pack(manifests.idle) };
  await writeFile(path, encode({ schema: SCHEMA, plan, manifests: packed })).catch((error: unknown) =>
    fail(
      'USAGE',
      { message: `The plan cannot be written to ${path}: ${reason(error)}.`, next: 'name another file with --out' },
      { cause: error },
    ),
  );
}

/** A plan as `plan --out` wrote it. Throws USAGE for anything else. */
export async function readPlan(path: string): Promise<SavedPlan> {
  const next = `lastgreen plan --out ${path}`;
  const text = await readFile(path, 'utf8').catch((error: unknown) =>
    fail('USAGE', { message: `The plan ${path} cannot be read: ${reason(error)}.`, next }, { cause: error }),
  );
  try {
    const { plan, manifests } = saved.parse(JSON.parse(text));
    return {
      plan: decodePlan(path, encode(plan)),
      manifests: { live: unpack(manifests.live), idle: unpack(manifests.idle) },
    };
  } catch (error) {
    return fail('USAGE', { message: `${path} is no plan of this version of lastgreen.`, next }, { cause: error });
  }
}

const reason = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);
