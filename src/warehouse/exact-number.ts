/** So many digits every double keeps. */
const exactDigits = 15;

/** A number where a double holds it exactly, else text: the same on every engine, so that results can be compared. */
export function exactNumber(text: string): number | string {
  if (!/^-?\d+(\.\d+)?$/.test(text)) return text;
  const digits = text.replace(/^-?0*\.?0*/, '').replace('.', '');
  return digits.length <= exactDigits ? Number(text) : text;
}
