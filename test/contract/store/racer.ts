import { openStore, type StoreAddress } from './open.ts';

/** What a racing process is told, and what it answers: for each race its number when it won, else null. */
export interface Race {
  readonly address: StoreAddress;
  readonly me: number;
  readonly races: number;
}
export type Finish = { readonly created: readonly boolean[]; readonly incremented: number };

/** Creates every document first, if it can; then adds one to a counter by compare-and-swap as often as there are races. */
async function run({ address, me, races }: Race): Promise<Finish> {
  const store = openStore(address);
  const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
  const created: boolean[] = [];
  for (let n = 0; n < races; n++)
    created.push((await store.put(`races/${n}`, bytes({ me, n }), 'if-absent')) !== 'lost');
  let incremented = 0;
  for (let attempt = 0; incremented < races; attempt++) {
    const found = await store.get('counter');
    if (!found) throw new Error('the counter is gone');
    const { count } = JSON.parse(Buffer.from(found.body).toString()) as { count: number };
    const put = await store.put('counter', bytes({ count: count + 1, nonce: `${me}-${attempt}` }), found.version);
    if (put !== 'lost') incremented++;
  }
  return { created, incremented };
}

process.once('message', (race) => {
  // Only the contract suite forks this file, and sends a Race.
  run(race as Race).then(
    (finish) => process.send?.(finish, () => process.exit(0)),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
process.send?.('ready');
