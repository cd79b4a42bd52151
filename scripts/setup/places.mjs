import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** What set-up installs beside node_modules; ignored by git. */
export const tools = join(root, '.tools');

/**
 * A path in the checkout.
 * @param {...string} parts
 * @returns {string}
 */
export const at = (...parts) => join(root, ...parts);
