import type { Traits } from '../../warehouse/port.ts';
import type { NameMap } from '../names.ts';
import { container } from './container.ts';
import { relation } from './relation.ts';
import type { Strategy } from './strategy.ts';

/** Which way goes with what an engine can exchange; where readers use views over slots, another entry comes here. */
export function strategyFor(traits: Pick<Traits, 'exchange'>, names: NameMap): Strategy | null {
  const [best] = traits.exchange;
  const rest = traits.exchange.some((what) => what === 'table' || what === 'move') ? relation : null;
  if (best === 'file') return container;
  const holdsSources = [...names.sources.values()].some((source) => !source.shared);
  if (best === 'database') return holdsSources && rest ? rest : container;
  return rest;
}
