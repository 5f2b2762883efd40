// The API in Fastify, with @fastify/jwt, better-sqlite3 and argon2.

import cluster from 'node:cluster';
import { buildApp } from './app.js';

const workers = Number(process.env.WEB_CONCURRENCY ?? 1);

if (workers > 1 && cluster.isPrimary) {
  for (let i = 0; i < workers; i += 1) cluster.fork();
} else {
  const app = buildApp();
  await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
}
