// A certified OpenID provider on this machine (npm: oidc-provider) with its own pages to sign in.
// node provider.mjs FOLDER: FOLDER has the package; what it is to be comes as JSON on stdin:
// {"port", "client", "secret", "redirect", "people": {login: claims}, "key": a private JWK}
import { pathToFileURL } from "node:url";

const { Provider } = await import(pathToFileURL(`${process.argv[2]}/node_modules/oidc-provider/lib/index.js`));
let written = "";
for await (const part of process.stdin) written += part;
const asked = JSON.parse(written);
const provider = new Provider(`http://127.0.0.1:${asked.port}`, {
  clients: [{
    client_id: asked.client,
    client_secret: asked.secret,
    redirect_uris: [asked.redirect],
    grant_types: ["authorization_code"],
    response_types: ["code"],
  }],
  jwks: { keys: [asked.key] },
  findAccount: (_context, sub) => asked.people[sub] && {
    accountId: sub, claims: () => ({ sub, ...asked.people[sub] }),
  },
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "groups", "roles"] },
  cookies: { keys: ["only for tests"] },
  pkce: { required: () => true },
  ttl: { AccessToken: 60, IdToken: 60, Session: 300, Interaction: 300, Grant: 300 },
});
provider.listen(asked.port, "127.0.0.1", () => console.log("ready"));
