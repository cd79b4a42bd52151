/** Something that releases need and lack, or that is odd. */
export interface Lack {
  /** In a sentence without its full stop. */
  readonly what: string;
  /** What to type or do about it. */
  readonly next: string;
  /** `bad`: a release would fail; `warn`: it would not, and somebody should know. */
  readonly severity: 'bad' | 'warn';
}
