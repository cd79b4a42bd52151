import type { z } from 'zod';
import type { CutoverPlan } from '../../domain/cutover.ts';
import { fail } from '../../domain/errors.ts';
import type { Head } from '../../domain/head.ts';
import type { Entry } from '../../domain/journal.ts';
import type { Ledger } from '../../domain/ledger.ts';
import type { Plan } from '../../domain/plan.ts';
import { stableJson } from '../../planning/hash.ts';
import { head } from './head.ts';
import { entry } from './journal.ts';
import { cutover, ledger, plan } from './plan.ts';

/** What a store document says, or STORE_CORRUPT naming its key. */
export type Decode<T> = (key: string, body: Uint8Array) => T;

/** A document's body: sorted keys, so that equal documents are equal bytes; a line's end, for people. */
export const encode = (document: unknown): Uint8Array => Buffer.from(`${stableJson(document)}\n`);

export const decodeHead: Decode<Head> = decoding(head);
export const decodeEntry: Decode<Entry> = decoding(entry);
export const decodePlan: Decode<Plan> = decoding(plan);
export const decodeCutover: Decode<CutoverPlan> = decoding(cutover);
export const decodeLedger: Decode<Ledger> = decoding(ledger);

function decoding<T>(schema: z.ZodType<T>): Decode<T> {
  return (key, body) => {
    const parsed = schema.safeParse(json(key, body));
    if (parsed.success) return parsed.data;
    return fail('STORE_CORRUPT', { key, message: first(parsed.error) }, { cause: parsed.error });
  };
}

function json(key: string, body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return fail('STORE_CORRUPT', { key, message }, { cause: error });
  }
}

/** Such as `lease.fence: Invalid input: expected number, received string`. */
function first(error: z.ZodError): string {
  const [issue, ...more] = error.issues;
  const where = issue?.path.join('.') ?? '';
  const rest = more.length > 0 ? ` (and ${more.length} more)` : '';
  return `${where === '' ? '' : `${where}: `}${issue?.message ?? 'not valid'}${rest}`;
}
