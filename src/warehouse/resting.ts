/** Connections that rest until they are wanted again. */
export interface Resting<Client> {
  /** One that has not broken, as far as is known. */
  take(): Client | null;
  /** It is ended when too many rest, or when nobody wanted it for too long. */
  put(client: Client): void;
  /** None of them rests any more. */
  all(): readonly Client[];
}

export interface RestingOptions<Client> {
  readonly most: number;
  readonly ms: number;
  readonly end: (client: Client) => void;
  /** Gets those that broke while they rested. */
  readonly broken?: (client: Client) => void;
}

export function restingClients<Client extends { broken(): boolean }>(o: RestingOptions<Client>): Resting<Client> {
  const timers = new Map<Client, NodeJS.Timeout>();
  const remove = (client: Client): Client => {
    clearTimeout(timers.get(client));
    timers.delete(client);
    return client;
  };
  return {
    take() {
      for (const client of timers.keys()) {
        if (!remove(client).broken()) return client;
        o.broken?.(client);
      }
      return null;
    },
    put(client) {
      if (timers.size >= o.most) return o.end(client);
      timers.set(client, setTimeout(() => o.end(remove(client)), o.ms).unref());
    },
    all: () => [...timers.keys()].map(remove),
  };
}
