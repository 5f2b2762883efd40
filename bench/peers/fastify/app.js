import { randomUUID } from 'node:crypto';
import jwt from '@fastify/jwt';
import argon2 from 'argon2';
import Database from 'better-sqlite3';
import Fastify from 'fastify';

export const ACCESS_TOKEN_SECONDS = Number(process.env.ACCESS_TOKEN_SECONDS);
const REFRESH_TOKEN_DAYS = 14;

const task = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    name: { type: 'string' },
    isCompleted: { type: 'boolean' },
    ts: { type: 'string' },
    version: { type: 'integer' },
  },
};
const tokens = {
  type: 'object',
  properties: {
    accessToken: { type: 'string' },
    refreshToken: { type: 'string' },
    tokenType: { type: 'string' },
    expiresIn: { type: 'integer' },
    userId: { type: 'integer' },
  },
};

const schemas = {
  login: {
    body: {
      type: 'object',
      required: ['email', 'password'],
      properties: { email: { type: 'string' }, password: { type: 'string' } },
    },
    response: { 200: tokens },
  },
  refresh: {
    body: {
      type: 'object',
      required: ['refreshToken'],
      properties: { refreshToken: { type: 'string' } },
    },
    response: { 200: tokens },
  },
  list: { response: { 200: { type: 'array', items: task } } },
  add: {
    body: {
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 500 },
        isCompleted: { type: 'boolean', default: false },
      },
    },
    response: { 201: task },
  },
};

export function openDatabase() {
  const db = new Database(process.env.DATABASE_PATH, { timeout: 5000 });
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
  return db;
}

export function buildApp() {
  const db = openDatabase();
  const userByEmail = db.prepare('SELECT id, password_hash AS passwordHash FROM users WHERE email = ?');
  const tasksOfUser = db.prepare(
    'SELECT number, name, is_completed, ts, version FROM tasks WHERE user_id = ? ORDER BY number',
  );
  const insertTask = db.prepare(`
    INSERT INTO tasks (user_id, number, name, is_completed, ts, version)
    SELECT @userId, coalesce(max(number), 0) + 1, @name, @isCompleted, @ts, 1
    FROM tasks WHERE user_id = @userId
    RETURNING number, name, is_completed, ts, version
  `);
  const insertRefreshToken = db.prepare(
    'INSERT INTO refresh_tokens (jti, user_id, expires_at) VALUES (?, ?, ?)',
  );
  const revokeRefreshToken = db.prepare(
    'UPDATE refresh_tokens SET revoked_at = ? WHERE jti = ? AND revoked_at IS NULL',
  );

  const app = Fastify();
  app.register(jwt, {
    secret: process.env.JWT_SECRET,
    sign: { algorithm: 'HS256' },
    verify: { algorithms: ['HS256'] },
  });

  app.decorate('db', db);

  app.decorate('authenticate', async (request, reply) => {
    await request.jwtVerify();
    if (request.user.type !== 'access') return reply.code(401).send({ error: 'Unauthorized' });
  });

  app.decorate('issueTokens', (userId) => {
    const jti = randomUUID();
    const lifetime = REFRESH_TOKEN_DAYS * 86400;
    insertRefreshToken.run(jti, userId, Math.floor(Date.now() / 1000) + lifetime);
    const sub = String(userId);
    return {
      accessToken: app.jwt.sign({ sub, type: 'access' }, { expiresIn: `${ACCESS_TOKEN_SECONDS}s` }),
      refreshToken: app.jwt.sign({ sub, type: 'refresh', jti }, { expiresIn: `${lifetime}s` }),
      tokenType: 'Bearer',
      expiresIn: ACCESS_TOKEN_SECONDS,
      userId,
    };
  });

  const rotate = db.transaction(({ jti, sub }) => {
    const now = Math.floor(Date.now() / 1000);
    return revokeRefreshToken.run(now, jti).changes === 1 ? app.issueTokens(Number(sub)) : null;
  });

  app.post('/api/users/login', { schema: schemas.login }, async (request, reply) => {
    const user = userByEmail.get(request.body.email);
    if (!user || !(await argon2.verify(user.passwordHash, request.body.password))) {
      return reply.code(401).send({ error: 'Unauthorized' });
    }
    return app.issueTokens(user.id);
  });

  app.post('/api/users/refresh_token', { schema: schemas.refresh }, async (request, reply) => {
    let payload;
    try {
      payload = app.jwt.verify(request.body.refreshToken);
    } catch {
      return reply.code(401).send({ error: 'Unauthorized' });
    }
    const issued = payload.type === 'refresh' ? rotate.immediate(payload) : null;
    return issued ?? reply.code(401).send({ error: 'Unauthorized' });
  });

  app.get(
    '/api/tasks',
    { onRequest: [app.authenticate], schema: schemas.list },
    async (request) => tasksOfUser.all(Number(request.user.sub)).map(toTask),
  );

  app.post(
    '/api/tasks',
    { onRequest: [app.authenticate], schema: schemas.add },
    async (request, reply) => {
      const row = insertTask.get({
        userId: Number(request.user.sub),
        name: request.body.name,
        isCompleted: Number(request.body.isCompleted),
        ts: new Date().toISOString().replace('Z', '000Z'),
      });
      return reply.code(201).send(toTask(row));
    },
  );

  return app;
}

function toTask(row) {
  return {
    id: row.number,
    name: row.name,
    isCompleted: row.is_completed === 1,
    ts: row.ts.replace('.000000Z', 'Z'),
    version: row.version,
  };
}
