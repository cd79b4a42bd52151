import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire } from 'node:module';
import { devNull } from 'node:os';
import { join } from 'node:path';
import type * as Snowflake from 'snowflake-sdk';
import type * as requests from 'snowflake-sdk/dist/lib/http/axios_instance.js';
import * as z from 'zod';

export type Sdk = typeof Snowflake;
/** What require() gives of it. */
type Requests = (typeof requests)['default'];

/** Whose request it is. */
export interface Call {
  /** Ends what is under way, at once and without a word to the server. */
  readonly cut: AbortSignal;
  /** Gets what a statement was answered with, where somebody wants it. */
  readonly heard?: (answer: Answer) => void;
}

const count = z
  .number()
  .nullish()
  .transform((value) => value ?? null);

/** What the SDK knows of an answer and does not tell: the id of a request of several statements, and how long texts are. */
const answer = z.object({
  data: z.object({
    queryId: z.string(),
    rowtype: z
      .array(
        z.object({
          name: z.string(),
          /** The server's own word, such as `fixed` for NUMBER. */
          type: z.string(),
          nullable: z.boolean(),
          precision: count,
          scale: count,
          /** Of text in characters, of binary in bytes. */
          length: count,
        }),
      )
      .nullish(),
  }),
});

export type Answer = z.infer<typeof answer>['data'];
export type RawColumn = NonNullable<Answer['rowtype']>[number];

const calls = new AsyncLocalStorage<Call>();

/** Every request that the SDK makes inside belongs to this call. */
export const calling = <T>(call: Call, act: () => T): T => calls.run(call, act);

let loaded: Sdk | undefined;

/** Loads the SDK when it is first asked for: that takes a third of a second, and other warehouses do not need it. */
export function sdk(): Sdk {
  loaded ??= load();
  return loaded;
}

/**
 * For as long as the SDK is loaded: it looks then whether it runs in a cloud, by asking addresses that only answer there
 * (dbt-snowflake switches that off too); loads a library of its own for figures; and makes a folder in the user's home
 * for answers about certificates, which it does without where it cannot. Source: snowflake-sdk 3.3,
 * telemetry/platform_detection.js, minicore/minicore.js, agent/ocsp_response_cache.js.
 */
const quiet = {
  SNOWFLAKE_DISABLE_PLATFORM_DETECTION: 'true',
  SNOWFLAKE_DISABLE_MINICORE: 'true',
  SF_OCSP_RESPONSE_CACHE_DIR: join(devNull, 'none'),
};

function load(): Sdk {
  const require = createRequire(import.meta.url);
  const before = Object.keys(quiet).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, quiet);
  try {
    // require() has no types; these are the package's own.
    const snowflake = require('snowflake-sdk') as Sdk;
    attend((require('snowflake-sdk/dist/lib/http/axios_instance.js') as Requests).default);
    snowflake.configure({ logLevel: 'OFF', additionalLogToConsole: false, customCredentialManager: inMemory() });
    return snowflake;
  } finally {
    for (const [name, value] of before)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  }
}

/**
 * The SDK sends a statement whose answer was lost again by itself: up to 7 times, after a network error, a 5xx, 408 or
 * 429 (snowflake-sdk 3.3, http/axios_instance.js; `sfRetryMaxNumRetries` is not read there), and, where nobody streams
 * the result, once more with all of that (connection/result/row_stream.js, `refresh`). It has the same requestId then, by
 * which the server knows it and does not run it twice (Snowflake documentation, "Executing statements", resubmitting
 * requests, of the Node.js driver). A cutover must not hang on that, and would not learn for a minute that its answer was
 * lost: a statement is sent once, and whoever sent it asks what became of it. Questions for the result of one that runs
 * are still asked again.
 */
function attend({ interceptors }: Requests['default']): void {
  interceptors.request.use((config) => {
    const call = calls.getStore();
    if (call === undefined) return config;
    const given = config.signal instanceof AbortSignal ? [config.signal] : [];
    config.signal = AbortSignal.any([call.cut, ...given]);
    if (isStatement(config.url)) Object.assign(config, { useSnowflakeRetryMiddleware: false });
    return config;
  });
  interceptors.response.use((response) => {
    const heard = calls.getStore()?.heard;
    if (heard !== undefined && isStatement(response.config.url)) {
      const found = answer.safeParse(parsed(response.data));
      if (found.success) heard(found.data.data);
    }
    return response;
  });
}

const isStatement = (url: string | undefined): boolean => url?.includes('/queries/v1/query-request') ?? false;

/** What the SDK has not read yet is text. */
function parsed(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps what a login in a browser or by a second factor gave for as long as this process lives, and in no file. */
function inMemory(): object {
  const kept = new Map<string, string>();
  return {
    read: (key: string) => Promise.resolve(kept.get(key) ?? null),
    write: (key: string, token: string) => Promise.resolve(void kept.set(key, token)),
    remove: (key: string) => Promise.resolve(void kept.delete(key)),
  };
}
