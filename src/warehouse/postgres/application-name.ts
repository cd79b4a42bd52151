/** What the server keeps of an application_name (Postgres documentation, "application_name": under 64 bytes). */
const BYTES = 63;

/**
 * The text as the server stores and shows it, so that sessions are found by it: printable ASCII (servers replace the
 * rest, each version in its own way), cut to 63 bytes.
 */
export const applicationName = (text: string): string => text.replace(/[^\x20-\x7e]/gu, '?').slice(0, BYTES);
