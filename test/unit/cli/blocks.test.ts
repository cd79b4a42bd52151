import { describe, expect, test } from 'vitest';
import { code, heading, line, next, table, toMarkdown, toned, toText } from '../../../src/cli/render/blocks.ts';
import { atTime, between, inTime, onDay } from '../../../src/cli/render/words.ts';

const blocks = [
  line(toned('good', 'r42'), ' is live'),
  heading('Nodes'),
  table(
    ['node', 'why'],
    [
      ['orders', 'body'],
      ['überlänge', toned('bad', 'new|odd')],
    ],
  ),
  code('select 1'),
  next('lastgreen status'),
];

describe('one document in two forms', () => {
  test('text has aligned columns, and colours only where they are wanted', () => {
    expect(toText(blocks, false)).toBe(
      'r42 is live\n\nNodes\n  node       why\n  orders     body\n  überlänge  new|odd\n    select 1\nNext: lastgreen status\n',
    );
    expect(toText(blocks, true)).toContain('\u001b[32mr42\u001b[39m');
  });

  test('Markdown escapes what would be read as markup', () => {
    const text = toMarkdown(blocks);
    expect(text).toContain('| orders | body |\n| überlänge | new\\|odd |');
    expect(text).toContain('### Nodes');
    expect(text).toContain('**Next:** `lastgreen status`');
  });
});

test.each([
  [7, '7 ms'],
  [1_250, '1.3 s'],
  [250_000, '4 min 10 s'],
  [50_400_000, '14 h'],
  [259_200_000, '3 days'],
])('%i ms is told as %s', (ms, text) => {
  expect(inTime(ms)).toBe(text);
});

test('a clock that runs ahead is no negative time', () => {
  expect(between('2026-11-21T10:00:01Z', '2026-11-21T10:00:00Z')).toBe('0 ms');
});

describe('a moment', () => {
  const now = '2026-11-22T12:00:00';

  test('is told by its clock, with the day where that is another, and the year', () => {
    expect(atTime('2026-11-22T10:15:00', now)).toBe('10:15');
    expect(onDay('2026-11-22T10:15:00', now)).toBe('10:15 today');
    expect(atTime('2026-11-21T10:15:00', now)).toBe('Nov 21 10:15');
    expect(atTime('2020-01-01T00:00:00', now)).toBe('Jan 1, 2020 00:00');
  });
});
