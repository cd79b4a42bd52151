import type { Traits } from '../../warehouse/port.ts';
import { container } from './container.ts';
import { relation } from './relation.ts';
import type { Strategy } from './strategy.ts';

/** Which way goes with what an engine can exchange; where readers use views over slots, another entry comes here. */
export function strategyFor(traits: Pick<Traits, 'exchange'>): Strategy | null {
  const [best] = traits.exchange;
  const rest = traits.exchange.some((what) => what === 'table' || what === 'move') ? relation : null;
  return best === 'file' || best === 'database' ? container : rest;
}
