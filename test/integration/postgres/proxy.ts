import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A statement, or a script of several, that changes something, on its way to the server. */
export interface Sent {
  /** From 1, in the order in which they were sent. */
  readonly n: number;
  readonly sql: string;
  /** The port by which the server knows the session (pg_stat_activity.client_port). */
  readonly from: number;
}

/** What becomes of a statement: it goes on its way, or the connection is cut. */
export type Course = 'on' | 'cut';

export interface Watch {
  /** Before the server has it. */
  before?(sent: Sent): Promise<Course>;
  /** Once the server has done it, and before whoever sent it knows. */
  after?(sent: Sent): Promise<Course>;
}

/** Stands between clients and a server, so that a test can come between a statement and its answer. */
export interface Proxy extends AsyncDisposable {
  readonly port: number;
  /** Counts from 1 again; null: everything passes. */
  watch(watch: Watch | null): void;
  readonly sent: readonly Sent[];
}

const CHANGES =
  /^\s*(insert|update|delete|create|drop|alter|do)\b|^\s*begin;|^\s*select lastgreen\.(mend|count_writes|protect|copy_table)/i;

/** A cutover, whose locks may not be to be had. */
const TRIED_AGAIN = /^begin;\s+set local lock_timeout/;

/** Without what differs from try to try. */
const spoken = (sql: string): string => sql.replaceAll(/_timeout = \d+/g, '');

/** A message of a client that has said who it is: its type, its length, its text (documentation, "Message Formats"). */
const TYPE = 1;
const LENGTH = 4;
/** The startup packet of protocol 3; encryption and cancellation are asked for with other codes. */
const isStartup = (message: Buffer): boolean => message.length >= 8 && message.readInt16BE(4) === 3;
const isReady = (answer: Buffer): boolean =>
  answer.subarray(-6, -1).equals(Buffer.from([0x5a, 0, 0, 0, 5])) &&
  'ITE'.includes(String.fromCharCode(answer.at(-1) ?? 0));

export async function startProxy(host: string, port: number): Promise<Proxy> {
  let watch: Watch | null = null;
  let sent: Sent[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, host);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    let answered: ((answer: Buffer) => void) | null = null;
    upstream.on('data', (data) => {
      if (answered) answered(data);
      else client.write(data);
    });
    const cut = () => {
      client.destroy();
      upstream.destroy();
    };
    const answer = async (message: Buffer): Promise<Buffer> => {
      const parts: Buffer[] = [];
      const whole = new Promise<void>((done) => {
        answered = (data) => {
          parts.push(data);
          if (isReady(Buffer.concat(parts))) done();
        };
        upstream.once('close', done);
      });
      upstream.write(message);
      await whole;
      answered = null;
      return Buffer.concat(parts);
    };
    const pass = async (message: Buffer, sql: string | null): Promise<void> => {
      const from = upstream.localPort ?? 0;
      // Locks that were not to be had are asked for again, as often as it takes: that is one effect.
      const again = sent.findLast(
        (last) => TRIED_AGAIN.test(last.sql) && last.from === from && spoken(last.sql) === spoken(sql ?? ''),
      );
      const one = sql !== null && CHANGES.test(sql) ? (again ?? { n: sent.length + 1, sql, from }) : null;
      if (one && !again) sent.push(one);
      if (one && (await watch?.before?.(one)) === 'cut') return cut();
      if (!one || !watch?.after) return void upstream.write(message);
      const got = await answer(message);
      if ((await watch.after(one)) === 'cut') return cut();
      client.write(got);
    };
    let passed = Promise.resolve();
    let begun = false;
    let rest = Buffer.alloc(0);
    client.on('data', (data) => {
      rest = Buffer.concat([rest, data]);
      for (;;) {
        const head = begun ? TYPE : 0;
        if (rest.length < head + LENGTH) return;
        const length = head + rest.readInt32BE(head);
        if (rest.length < length) return;
        const first = rest.subarray(0, length);
        const type = begun ? String.fromCharCode(first[0] ?? 0) : '';
        // What is asked in the extended protocol is one question until Sync.
        const end = type === 'P' ? syncAt(rest) : length;
        if (end === null) return;
        const message = rest.subarray(0, end);
        rest = rest.subarray(end);
        if (!begun && isStartup(message)) begun = true;
        const sql =
          type === 'Q' ? textAt(first, TYPE + LENGTH) : type === 'P' ? textAt(first, TYPE + LENGTH + 1) : null;
        passed = passed.then(() => pass(message, sql));
      }
    });
  });
  await new Promise<void>((done) => {
    server.listen(0, host, done);
  });
  return {
    // A TCP server has such an address.
    port: (server.address() as AddressInfo).port,
    watch(other) {
      watch = other;
      sent = [];
    },
    get sent() {
      return sent;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => {
        server.close(done);
      });
    },
  };
}

/** Where the Sync after the first message ends; null: it has not come yet. */
function syncAt(buffer: Buffer): number | null {
  for (let at = 0; at + TYPE + LENGTH <= buffer.length; ) {
    const next = at + TYPE + buffer.readInt32BE(at + TYPE);
    if (next > buffer.length) return null;
    if (String.fromCharCode(buffer[at] ?? 0) === 'S') return next;
    at = next;
  }
  return null;
}

const textAt = (message: Buffer, at: number): string => message.toString('utf8', at, message.indexOf(0, at));
