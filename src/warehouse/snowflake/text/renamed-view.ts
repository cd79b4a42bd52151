import { objectsIn } from './head.ts';
import type { Home } from './names.ts';
import { left, type NewNames, type Options, renamed } from './renamed.ts';
import type { Unreadable } from './unreadable.ts';
import type { View } from './view.ts';

/**
 * The view as it shall be in `newHome`. Policies, tags and contacts keep their names, which therefore have to be full ones,
 * or the session that creates the view would decide what they mean; and none may be in a container that is gone.
 */
export function renamedView(
  view: View,
  home: Home,
  newHome: Home,
  names: NewNames,
  options: Options = {},
): View | Unreadable {
  const result = renamed(view.query, home, newHome, names, options);
  if (result === 'unreadable') return result;
  const gone = options.gone ?? left(names);
  const stay = objectsIn(view.head).every(
    ({ parts: [database, schema, name, more] }) =>
      name !== undefined &&
      more === undefined &&
      !gone.some((one) => one.database === database?.value && (one.schema ?? schema?.value) === schema?.value),
  );
  return stay ? { ...view, query: result.query } : 'unreadable';
}
