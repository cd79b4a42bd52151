import { fail } from '../../domain/errors.ts';

/** How the server is told who it is. */
export type Login =
  | { readonly by: 'password'; readonly password: string; readonly mfa: boolean }
  | { readonly by: 'okta'; readonly url: string; readonly password: string }
  | { readonly by: 'browser' }
  /** `text`: PEM, or DER in base64. */
  | {
      readonly by: 'key';
      readonly from: { readonly path: string } | { readonly text: string };
      readonly passphrase: string | null;
    }
  | { readonly by: 'oauth' | 'programmatic access token'; readonly token: string }
  | {
      readonly by: 'refresh token';
      readonly token: string;
      readonly clientId: string;
      readonly clientSecret: string;
    };

/** What a target says about it; null: nothing. */
export interface Given {
  readonly authenticator: string | null;
  readonly password: string | null;
  readonly private_key: string | null;
  readonly private_key_path: string | null;
  readonly private_key_passphrase: string | null;
  readonly token: string | null;
  readonly oauth_client_id: string | null;
  readonly oauth_client_secret: string | null;
}

/** Throws PROFILE_INVALID, also for what lastgreen cannot do. */
export function loginOf(found: Given): Login {
  const { private_key: key, private_key_path: path, private_key_passphrase: passphrase } = found;
  if (key !== null && path !== null)
    return refuse('the Snowflake target has both `private_key:` and `private_key_path:`.', 'take one of them out');
  // Whatever the authenticator is called: a key wins, as in the connector that dbt uses.
  if (key !== null) return { by: 'key', from: { text: key }, passphrase };
  if (path !== null) return { by: 'key', from: { path }, passphrase };
  const { authenticator } = found;
  switch (authenticator?.toLowerCase()) {
    case undefined:
    case 'snowflake':
      return { by: 'password', password: wanted(found, 'password'), mfa: false };
    case 'username_password_mfa':
      return { by: 'password', password: wanted(found, 'password'), mfa: true };
    case 'snowflake_jwt':
      return refuse(
        'authenticator snowflake_jwt needs a private key, and the Snowflake target has none.',
        'give the target in profiles.yml a `private_key_path:` or a `private_key:`',
      );
    case 'externalbrowser':
      return { by: 'browser' };
    case 'jwt':
      return { by: 'oauth', token: wanted(found, 'token') };
    case 'oauth':
      return oauthOf(found);
    case 'programmatic_access_token':
      return { by: 'programmatic access token', token: found.token ?? wanted(found, 'password') };
    default:
      return /^https:\/\//i.test(authenticator ?? '')
        ? { by: 'okta', url: authenticator ?? '', password: wanted(found, 'password') }
        : refuse(
            `lastgreen cannot log in to Snowflake by authenticator ${authenticator}.`,
            'use a key pair (`private_key_path:`), or one of snowflake, username_password_mfa, externalbrowser, oauth, jwt, programmatic_access_token and the https:// address of Okta',
          );
  }
}

/** With a client the token is one to refresh, and what it is exchanged for logs in. */
function oauthOf(found: Given): Login {
  const { oauth_client_id: clientId, oauth_client_secret: clientSecret } = found;
  const token = wanted(found, 'token');
  if (clientId !== null && clientSecret !== null) return { by: 'refresh token', token, clientId, clientSecret };
  return clientId === null && clientSecret === null
    ? { by: 'oauth', token }
    : refuse(
        'of `oauth_client_id:` and `oauth_client_secret:` the Snowflake target has one.',
        'give the target both, or neither',
      );
}

const wanted = (found: Given, key: 'password' | 'token'): string =>
  found[key] ??
  refuse(
    `the Snowflake target logs in by ${found.authenticator ?? 'password'} and has no \`${key}:\`.`,
    `give the target in profiles.yml a \`${key}:\`${key === 'password' ? ', or a key pair' : ''}`,
  );

/** Throws PROFILE_INVALID. */
export const refuse = (problem: string, next: string): never =>
  fail('PROFILE_INVALID', { path: 'profiles.yml', problem, next });

/** What must never be shown. */
export const secretsOf = (login: Login): readonly string[] => {
  switch (login.by) {
    case 'password':
    case 'okta':
      return [login.password];
    case 'key':
      return [...('text' in login.from ? [login.from.text] : []), ...(login.passphrase ? [login.passphrase] : [])];
    case 'refresh token':
      return [login.token, login.clientSecret];
    case 'oauth':
    case 'programmatic access token':
      return [login.token];
    case 'browser':
      return [];
  }
};
