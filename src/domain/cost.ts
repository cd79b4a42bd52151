/** What the statements of a release took of one of the engine's machines, such as a virtual warehouse. */
export interface Cost {
  /** The machine's name. */
  readonly on: string;
  readonly statements: number;
  /** How long they ran, s, one beside the other or not. */
  readonly seconds: number;
  /** null: the engine does not tell this role, or not yet. */
  readonly credits: number | null;
  /** What is paid for where there are no machines: bytes that were read, and how long slots worked. */
  readonly bytes?: number;
  readonly slotMs?: number;
}
