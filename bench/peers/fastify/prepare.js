// The table of refresh tokens, and tokens for the sessions that are wanted.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildApp, openDatabase } from './app.js';

const folder = process.argv[2];
const db = openDatabase();
db.exec(`
  CREATE TABLE refresh_tokens (
    jti TEXT PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id),
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
  )
`);
db.close();

const app = buildApp();
await app.ready();
const tokens = { access: '', refresh: '' };
app.db.transaction(() => {
  for (const line of readFileSync(0, 'utf8').trim().split('\n')) {
    const [kind, userId] = line.split(' ');
    tokens[kind] += `${app.issueTokens(Number(userId))[`${kind}Token`]}\n`;
  }
})();
for (const [kind, text] of Object.entries(tokens)) {
  writeFileSync(join(folder, `${kind}_tokens.txt`), text);
}
