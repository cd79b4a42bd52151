interface Reader {
  ask(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  close(): Promise<void>;
}

/** Reads again and again until it is stopped. */
export function reading(reader: Reader, sql: string) {
  const [errors, saw] = [[] as string[], new Map<string, number>()];
  let going = true;
  const ended = (async () => {
    while (going) {
      try {
        const answer = String((await reader.ask(sql))[0]?.['v']);
        saw.set(answer, (saw.get(answer) ?? 0) + 1);
      } catch (error) {
        errors.push(String(error));
      }
    }
    await reader.close();
  })();
  return {
    stop: async () => {
      going = false;
      await ended;
      return { errors, saw };
    },
  };
}
