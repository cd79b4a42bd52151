import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that a test can cut. */
export interface Cable extends AsyncDisposable {
  readonly port: number;
  /** How many statements, or requests of several, were sent through it. */
  readonly requests: number;
  /** Breaks when a request is on its way, so many times: the server never gets it. */
  lose(times: number): void;
  /** Breaks every connection that goes through it; new ones may. */
  cut(): void;
  /** From here on nobody gets through. */
  remove(): Promise<void>;
}

export async function layCable(host: string, port: number): Promise<Cable> {
  const sockets = new Set<Socket>();
  let requests = 0;
  let losing = 0;
  const server = createServer((client) => {
    const upstream = connect(port, host);
    client.on('data', (data) => {
      const request = data.includes('POST /queries/v1/query-request?');
      if (request) requests++;
      if (!request || losing === 0) return void upstream.write(data);
      losing--;
      cut();
    });
    upstream.pipe(client);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  }).listen(0, host);
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const remove = async (): Promise<void> => {
    cut();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  return {
    // It listens on a port, not on a path.
    port: (server.address() as AddressInfo).port,
    get requests() {
      return requests;
    },
    lose(times) {
      losing = times;
    },
    cut,
    remove,
    [Symbol.asyncDispose]: remove,
  };
}
