import type { Output } from '../../config/port.ts';
import { clientFor, type Wait } from './client.ts';
import type { Context, Patience } from './context.ts';
import type { Places } from './places.ts';
import { datasetOfTarget, projectOf, type Settings, settingsOf } from './settings.ts';
import { getDataset } from './tables.ts';

export interface BigqueryOptions {
  /** The rendered target of profiles.yml, with secrets. */
  readonly output: Output;
  /** Datasets that take turns, in order. */
  readonly slots: readonly string[];
  /** Gets every pause that the server asked for. */
  readonly waits?: ((wait: Wait) => void) | undefined;
  readonly patience?: Partial<Patience>;
}

const patience: Patience = { drainMs: 5_000 };

/** What every part of the adapter works with. Connects when first asked. Throws PROFILE_INVALID. */
export function contextOf({ output, slots, waits, patience: other = {} }: BigqueryOptions): Context {
  const settings = settingsOf(output);
  const places: Places = { project: projectOf(output), serving: datasetOfTarget(output), slots };
  const client = clientFor({ settings, waits });
  let location: Promise<string> | null = null;
  return {
    client,
    places,
    location: () => (location ??= locationOf(client, settings, places)),
    limits: {
      maximumBytesBilled: settings.maximumBytesBilled,
      jobMs: settings.jobMs,
      priority: settings.priority,
    },
    patience: { ...patience, ...other },
    seen: { ring: null },
    ended: new Map(),
  };
}

/** Where dbt makes datasets when nothing says where (documentation, "Create datasets"). */
const DEFAULT_LOCATION = 'US';

async function locationOf(
  client: Context['client'],
  { location }: Settings,
  { project, serving }: Places,
): Promise<string> {
  if (location !== null) return location;
  return (await getDataset(client, project, serving))?.location ?? DEFAULT_LOCATION;
}
