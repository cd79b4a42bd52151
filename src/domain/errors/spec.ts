/** 0 done and 9 `plan --detailed-exitcode` are no errors; 130 is an interrupt. */
export type Exit = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 10 | 130;

/** To whom a message is told. */
export interface Telling {
  /** An ISO time as they read it. */
  readonly time: (iso: string) => string;
  /** Bytes as they read them. */
  readonly size: (bytes: number) => string;
  /** They have just read what each check said. */
  readonly seen: boolean;
}

/** One kind of failure: what it means for the exit status, what is said, what to type next. */
export interface Spec<P> {
  readonly exit: Exit;
  /** A topic of runbooks/, where a person has more to do than one command. */
  readonly runbook?: string;
  readonly message: (p: P, to: Telling) => string;
  /** Exactly one thing to type or do. */
  readonly next: (p: P) => string;
}

export const spec = <P>(s: Spec<P>): Spec<P> => s;
