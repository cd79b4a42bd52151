import { stripVTControlCharacters } from 'node:util';

const atMost = 20;

/**
 * Why dbt stopped, in dbt's words and few of them: its error events; where it died before it could write any, the end of
 * what it wrote.
 */
export function complaint(complaints: readonly string[], stderr: readonly string[], exit: number | null): string {
  const text = complaints.length > 0 ? complaints.slice(-3).join('\n') : stderr.slice(-5).join('\n');
  const lines = stripVTControlCharacters(text)
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
  if (lines.length === 0) return exit === null ? 'it was killed' : `it ended with status ${exit} and said nothing`;
  const rest = lines.length - atMost;
  return [...lines.slice(0, atMost), ...(rest > 0 ? [`(${rest} more lines)`] : [])].join('\n');
}
