// A mistake in data, before it is known where in the text the data stands.

/** Keys and indices from the top of the file. */
export type Path = readonly (string | number)[];

export interface Mistake {
  readonly path: Path;
  /** Whether the key is wrong rather than what it holds. */
  readonly part: 'key' | 'value';
  /** A fact in lower case, names quoted. */
  readonly message: string;
  readonly hint: string | undefined;
  /** The part of the text that is wrong, where it is only a part: an expression in it. */
  readonly within?: string;
}

/** A mapping out of a file or a schema, its keys still unknown. */
export type Json = Readonly<Record<string, unknown>>;
