// Secrets: ops name where one lies and never hold it; whatever is captured passes through a redactor.

/** Where a secret lies. The value is fetched by the hands at the last moment and passed by stdin or file. */
export type SecretRef =
  { readonly passfile: string } | { readonly env: string } | { readonly command: readonly string[] };

/** Replaces every known secret in captured text. Values shorter than four characters would blank out half of every log. */
export class Redactor {
  readonly #values = new Set<string>();

  learn(value: string): void {
    if (value.length >= 4) this.#values.add(value);
  }

  clean(text: string): string {
    let cleaned = text;
    for (const value of this.#values) cleaned = cleaned.replaceAll(value, '<secret>');
    return cleaned;
  }
}
