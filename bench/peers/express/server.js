// The API in Express, with jsonwebtoken, better-sqlite3 and argon2.

import cluster from 'node:cluster';
import { app } from './app.js';

const workers = Number(process.env.WEB_CONCURRENCY ?? 1);

if (workers > 1 && cluster.isPrimary) {
  for (let i = 0; i < workers; i += 1) cluster.fork();
} else {
  app.listen(Number(process.env.PORT), '127.0.0.1');
}
