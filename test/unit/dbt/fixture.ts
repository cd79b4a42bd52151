import { readFileSync } from 'node:fs';

/** What dbt 1.11 wrote for the project `tiny`, parsed for the idle side; shortened. */
export const recorded = (name: 'manifest.json' | 'build.jsonl' | 'run_results.json'): Buffer =>
  readFileSync(new URL(`../../fixtures/dbt/${name}`, import.meta.url));

/** The recorded manifest with something else in it. */
export function changed(change: (manifest: Record<string, Record<string, never>>) => void): Uint8Array {
  const manifest = JSON.parse(recorded('manifest.json').toString()) as Record<string, Record<string, never>>; // a test's own file
  change(manifest);
  return new TextEncoder().encode(JSON.stringify(manifest));
}
