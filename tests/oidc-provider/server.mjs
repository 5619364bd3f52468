// A certified OpenID Connect provider on loopback, for the sign-in tests.
// Usage: node server.mjs <callback address>. Prints {"issuer": …} once it listens; ends when its input ends.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { Provider } from 'oidc-provider';

console.info = console.warn; // the package's remarks; the output is for the issuer

const people = {
  'subject-of-ada': { name: 'Ada Lovelace', andrew_id: 'ada', preferred_username: 'countess', email: 'ada@example.org', email_verified: true },
  'subject-of-amalie': { name: 'Amalie Nöther 数学', preferred_username: 'anoether', email: 'amalie@example.org', email_verified: false },
};
const key = (alg, type, options) => ({ ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: `key-${alg}` });
const client = (client_id, alg, secret) => ({
  client_id,
  redirect_uris: [process.argv[2]],
  id_token_signed_response_alg: alg,
  ...(secret ? { client_secret: secret } : { token_endpoint_auth_method: 'none' }),
});

const server = createServer().listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [client('plenum', 'RS256', 'a secret: with %20 & signs'), client('plenum-es', 'ES256'), client('plenum-ps', 'PS256'), client('plenum-ed', 'EdDSA')],
    jwks: { keys: [key('RS256', 'rsa', { modulusLength: 2048 }), key('PS256', 'rsa', { modulusLength: 2048 }), key('ES256', 'ec', { namedCurve: 'P-256' }), key('EdDSA', 'ed25519')] },
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'] },
    claims: { openid: ['sub'], profile: ['name', 'andrew_id', 'preferred_username'], email: ['email', 'email_verified'] },
    cookies: { keys: ['only for tests'] },
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    findAccount: (_, sub) => people[sub] && { accountId: sub, claims: () => ({ sub, ...people[sub] }) },
    async loadExistingGrant(ctx) { // consent is given
      const grant = new provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
      grant.addOIDCScope('openid profile email');
      await grant.save();
      return grant;
    },
  });
  provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith('/interaction/')) return next();
    const { params } = await provider.interactionDetails(ctx.req, ctx.res);
    const accountId = ctx.method === 'POST' ? new URLSearchParams(await text(ctx.req)).get('person') : params.login_hint;
    if (people[accountId]) return provider.interactionFinished(ctx.req, ctx.res, { login: { accountId } });
    ctx.type = 'html';
    ctx.body = `<form method="post">${Object.keys(people).map((sub) => `<button name="person" value="${sub}">${people[sub].name}</button>`).join('')}</form>`;
  });
  server.on('request', provider.callback());
  console.log(JSON.stringify({ issuer }));
});
process.stdin.resume().on('end', () => process.exit());
