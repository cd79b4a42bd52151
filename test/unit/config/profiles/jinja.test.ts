import { describe, expect, test } from 'vitest';
import { renderValue } from '../../../../src/config/profiles/jinja.ts';

const variables = { PORT: '5433', ON: 'true', NAME: 'shop', EMPTY: '' };

describe('Jinja in profiles.yml means what it means to dbt', () => {
  test.each([
    ["{{ env_var('NAME') }}", 'shop'],
    ["db_{{ env_var('NAME') }}", 'db_shop'],
    ["{{ env_var('NONE', 'fallback') }}", 'fallback'],
    ["{{ env_var('EMPTY', 'fallback') }}", ''],
    ["{{ env_var('PORT') }}", '5433'],
    ["{{ env_var('PORT') | as_number }}", 5433],
    ["{{ env_var('PORT') | int }}", 5433],
    ["{{ env_var('PORT', 5432) | as_native }}", 5433],
    ["{{ env_var('NONE', '5432') | as_number }}", 5432],
    ["{{ env_var('ON') | as_bool }}", true],
    ["{{ env_var('ON') | as_text }}", 'true'],
    ["{{ 'a' if env_var('ON') == 'true' else 'b' }}", 'a'],
  ])('%s', (text, value) => {
    expect(renderValue(text, variables)).toBe(value);
  });

  test.each([
    ["{{ env_var('MISSING') }}", 'the environment variable MISSING is not set'],
    ["{{ env_var('NAME') | as_number }}", 'value is not a number'],
    ["{{ env_var('NAME') | as_bool }}", 'value is not true or false'],
    ['{{ env_var( }}', 'unexpected token'],
  ])('%s is refused in plain words, without the value', (text, message) => {
    expect(() => renderValue(text, variables)).toThrow(message);
    expect(() => renderValue(text, variables)).not.toThrow('shop');
  });
});
