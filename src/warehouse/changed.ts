import { displayName, type Name, nameKey } from '../domain/relation.ts';
import { WarehouseError } from './port.ts';

/** Names that hold something else than the cutover was planned from. */
export function changed(
  names: readonly Name[],
  detail: Readonly<Record<string, unknown>> = {},
  o: ErrorOptions = {},
): WarehouseError {
  const relations = names.map(displayName);
  const message = `${relations.join(', ')} changed meanwhile`;
  return new WarehouseError('drifted', message, { relations, keys: names.map(nameKey), ...detail }, o);
}
