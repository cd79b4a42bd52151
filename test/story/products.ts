const things = {
  kitchen: ['Kettle', 'Pan', 'Knife', 'Bowl', 'Teapot', 'Grater', 'Whisk', 'Ladle'],
  garden: ['Spade', 'Rake', 'Lantern', 'Planter', 'Hose', 'Bench', 'Trowel', 'Birdhouse'],
  office: ['Lamp', 'Notebook', 'Shelf', 'Stapler', 'Clock', 'Chair', 'Pen', 'Folder'],
  bedroom: ['Pillow', 'Blanket', 'Mirror', 'Rug', 'Drawer', 'Curtain', 'Quilt', 'Stool'],
} as const;
const looks = ['Oak', 'Steel', 'Blue', 'Linen', 'Copper', 'Walnut', 'Grey', 'Glass', 'Red', 'Bamboo', 'Felt'] as const;

/** The seed of the generator: every run of the story sells the same products. */
const seed = 20_260_104;

/** Mulberry32: numbers in [0, 1) that depend on the seed alone. */
function* numbersFrom(start: number): Generator<number, never> {
  let state = start;
  for (;;) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    yield ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** The file seeds/products.csv of the shop: 500 products with price and cost in cents. */
export function productsCsv(): string {
  const numbers = numbersFrom(seed);
  const below = (end: number): number => Math.floor(numbers.next().value * end);
  const pick = <T>(list: readonly [T, ...T[]]): T => list[below(list.length)] ?? list[0];
  const categories = ['kitchen', 'garden', 'office', 'bedroom'] as const;
  const rows = Array.from({ length: 500 }, (_, index) => {
    const category = pick(categories);
    const name = `${pick(looks)} ${pick(things[category]).toLowerCase()} ${index + 1}`;
    const price = 500 + 50 * below(400);
    const cost = Math.round(price * (0.4 + numbers.next().value * 0.35));
    return [index + 1, name, category, price, cost].join(',');
  });
  return `${['product_id,product_name,category,price_cents,cost_cents', ...rows].join('\n')}\n`;
}
