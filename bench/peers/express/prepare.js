// Tokens for the sessions that are wanted.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { db } from './db.js';
import { issueTokens } from './tokens.js';

const folder = process.argv[2];
const tokens = { access: '', refresh: '' };
db.transaction(() => {
  for (const line of readFileSync(0, 'utf8').trim().split('\n')) {
    const [kind, userId] = line.split(' ');
    tokens[kind] += `${issueTokens(Number(userId))[`${kind}Token`]}\n`;
  }
})();
for (const [kind, text] of Object.entries(tokens)) {
  writeFileSync(join(folder, `${kind}_tokens.txt`), text);
}
