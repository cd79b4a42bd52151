import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fail } from '../domain/errors.ts';
import type { Manifest } from '../domain/manifest.ts';
import { checkDocument, type Document, type DocumentNode, parseJson } from './document.ts';
import { sideInArtifacts } from './environment.ts';
import { assertRecent } from './executable.ts';
import { type Folds, type Placing, seedFileKey, toManifest } from './manifest.ts';
import type { Parsed, Project, SideName } from './port.ts';

export type Placings = Readonly<Record<SideName, Placing>>;

/** A manifest.json that was recorded earlier: it says itself which side it was parsed for. Throws DBT_BROKEN. */
export function readRecorded(raw: Uint8Array, placings: Placings, folds: Folds): Manifest {
  const doc = checkDocument(parseJson(raw));
  return toManifest(doc, placings[doc.metadata.env[sideInArtifacts] === 'idle' ? 'idle' : 'live'], folds);
}

/**
 * The manifest.json that a start of dbt has just written. What dbt leaves out of it is added under `metadata.env`: the
 * side where a partial parse kept an older metadata, and hashes of seed files above 1 MiB, which dbt compares by path
 * only. Throws DBT_BROKEN, DBT_TOO_OLD.
 */
export async function readWritten(
  project: Project,
  side: {
    readonly name: SideName;
    readonly targetPath: string;
    readonly placing: Placing;
    readonly folds: Folds;
  },
  invocation: string,
): Promise<Parsed> {
  const raw = await readFile(join(side.targetPath, 'manifest.json')).catch((error: unknown) =>
    fail('DBT_BROKEN', { doing: 'manifest', message: 'dbt wrote no manifest.json' }, { cause: error }),
  );
  const json = parseJson(raw);
  const doc = checkDocument(json);
  assertRecent(doc.metadata.dbt_version);
  if (doc.metadata.invocation_id !== invocation) {
    const message = 'another dbt wrote its manifest.json into the same target folder meanwhile; type the same again';
    fail('DBT_BROKEN', { doing: 'manifest', message });
  }
  const env: Readonly<Record<string, string>> = {
    ...doc.metadata.env,
    [sideInArtifacts]: side.name,
    ...(await seedFiles(project, doc)),
  };
  const complete = Object.keys(env).every((key) => env[key] === doc.metadata.env[key]);
  const manifest = toManifest({ ...doc, metadata: { ...doc.metadata, env } }, side.placing, side.folds);
  if (complete) return { manifest, raw };
  const metadata = { ...Object(json['metadata']), env };
  return { manifest, raw: new TextEncoder().encode(JSON.stringify({ ...json, metadata })) };
}

async function seedFiles(project: Project, doc: Document): Promise<Readonly<Record<string, string>>> {
  const large = Object.values(doc.nodes).filter(
    (node) => node.resource_type === 'seed' && node.checksum?.name === 'path',
  );
  const hashed = await Promise.all(
    large.map(async (node) => [seedFileKey(node.unique_id), await fileHash(project, node)]),
  );
  return Object.fromEntries(hashed);
}

async function fileHash(project: Project, node: DocumentNode): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(join(node.root_path ?? project.dir, node.original_file_path)), hash);
  return hash.digest('hex');
}
