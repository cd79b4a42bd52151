import { fail } from '../domain/errors.ts';
import type { Checkout } from '../git/port.ts';

/** dbt reads the work tree while people may work in it, and a release ships its commit whole. Throws PLAN_MOVED. */
export async function refuseMoved({ moved }: Checkout): Promise<void> {
  const what = (await moved?.()) ?? [];
  if (what.length > 0) fail('PLAN_MOVED', { what: `in the work tree, ${what.slice(0, 5).join(', ')}` });
}
