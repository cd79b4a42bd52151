import { type AnyAuthClient, GoogleAuth, Impersonated, OAuth2Client } from 'google-auth-library';
import type { Settings } from './settings.ts';

/** Who asks, as the target says it. Rejects where the key or the machine's own credentials cannot be read. */
export async function loginTo({ login, impersonate, scopes }: Settings): Promise<AnyAuthClient> {
  const own = await ownLogin(login, [...scopes]);
  if (impersonate === null) return own;
  return new Impersonated({
    sourceClient: own,
    targetPrincipal: impersonate,
    targetScopes: [...scopes],
    delegates: [],
    lifetime: 3600,
  });
}

async function ownLogin(login: Settings['login'], scopes: string[]): Promise<AnyAuthClient> {
  switch (login.by) {
    case 'default':
      return new GoogleAuth({ scopes }).getClient();
    case 'key file':
      return new GoogleAuth({ keyFile: login.path, scopes }).getClient();
    case 'key':
      return new GoogleAuth({ credentials: login.key, scopes }).getClient();
    case 'token':
      return tokenClient(login);
  }
}

function tokenClient({ token, refresh }: Extract<Settings['login'], { by: 'token' }>): OAuth2Client {
  const client = new OAuth2Client({
    ...(refresh === null ? {} : { clientId: refresh.clientId, clientSecret: refresh.clientSecret }),
    ...(refresh?.uri ? { endpoints: { oauth2TokenUrl: refresh.uri } } : {}),
  });
  client.setCredentials({
    ...(token === null ? {} : { access_token: token }),
    ...(refresh === null ? {} : { refresh_token: refresh.token }),
  });
  return client;
}
