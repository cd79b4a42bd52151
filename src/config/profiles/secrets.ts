import { isJinja, renderValue, type Variables } from './jinja.ts';

/** Where a secret is kept while dbt runs; dbt itself keeps variables of this prefix out of its logs. */
const PREFIX = 'DBT_ENV_SECRET_LASTGREEN_';

const SECRET_KEY =
  /pass(word|wd|phrase)?$|token|secret|credential|private_key|api_?key|access_?key|keyfile_json|^auth$/i;

/** Names of things that are no secret although their key sounds like one. */
const HARMLESS_KEY = /(_path|_uri|_url|_endpoint|_type|_provider|_name|_scope)$|^token_cache|^secrets$/i;

/** A connection text with credentials in it, such as that of an attached server. */
const SECRET_TEXT = /:\/\/[^/\s:@]+:[^/\s@]+@|\b(password|passwd|pwd|token|secret)\s*=\s*\S/i;

const ONLY_ENV_VAR = /^\s*\{\{-?\s*env_var\(\s*(['"])\w+\1\s*\)\s*(\|\s*as_text\s*)?-?\}\}\s*$/;

/** Takes literal secrets out of a profile: what is left may be written to a file. */
export class Vault {
  readonly #names = new Map<string, string>();
  readonly #values = new Set<string>();
  readonly #keys: ReadonlySet<string>;
  readonly #variables: Variables;

  constructor(keys: readonly string[], variables: Variables) {
    this.#keys = new Set(keys);
    this.#variables = variables;
  }

  /** The same value with every literal secret replaced by a variable's name. Throws JinjaError. */
  without(value: unknown): unknown {
    return this.#walk(value, null, false);
  }

  /** What dbt needs in its environment, to connect and to keep every secret that was met out of its logs. */
  env(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#names].map(([secret, name]) => [name, secret]));
  }

  /** Every secret that was met, also those that were in the environment before. */
  secrets(): readonly string[] {
    return [...this.#values];
  }

  #walk(value: unknown, key: string | null, inside: boolean): unknown {
    const secret = inside || (key !== null && this.#isSecret(key));
    if (Array.isArray(value)) return value.map((item) => this.#walk(item, null, secret));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.#walk(item, name, secret)]));
    }
    if (typeof value !== 'string' && typeof value !== 'number') return value;
    const text = String(value);
    const rendered = isJinja(text) ? String(renderValue(text, this.#variables)) : text;
    if (rendered === '' || !(secret || SECRET_TEXT.test(rendered))) return value;
    this.#values.add(rendered);
    // Also where dbt finds the value itself: what it logs of its credentials when it is interrupted has no other guard.
    const hidden = this.#hide(rendered);
    return ONLY_ENV_VAR.test(text) ? value : hidden;
  }

  #isSecret(key: string): boolean {
    return this.#keys.has(key) || (SECRET_KEY.test(key) && !HARMLESS_KEY.test(key));
  }

  /** The same secret gets the same name, so that both sides have the same text. */
  #hide(secret: string): string {
    const name = this.#names.get(secret) ?? `${PREFIX}${this.#names.size + 1}`;
    this.#names.set(secret, name);
    return `{{ env_var('${name}') }}`;
  }
}
