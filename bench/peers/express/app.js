import argon2 from 'argon2';
import express from 'express';
import { db } from './db.js';
import { issueTokens, requireUser, rotate } from './tokens.js';

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

export const app = express();
app.disable('x-powered-by');
app.use(express.json());

app.post('/api/users/login', async (req, res) => {
  const user = userByEmail.get(String(req.body?.email));
  if (!user || !(await argon2.verify(user.passwordHash, String(req.body.password)))) {
    return res.status(401).json({ error: 'Unauthorized' });
  }
  return res.json(issueTokens(user.id));
});

app.post('/api/users/refresh_token', (req, res) => {
  const tokens = rotate(String(req.body?.refreshToken));
  return tokens ? res.json(tokens) : res.status(401).json({ error: 'Unauthorized' });
});

app.get('/api/tasks', requireUser, (req, res) => {
  res.json(tasksOfUser.all(req.userId).map(toTask));
});

app.post('/api/tasks', requireUser, (req, res) => {
  const { name, isCompleted = false } = req.body ?? {};
  if (typeof name !== 'string' || !name) return res.status(400).json({ error: 'name is required' });
  const row = insertTask.get({
    userId: req.userId,
    name,
    isCompleted: Number(isCompleted),
    ts: new Date().toISOString().replace('Z', '000Z'),
  });
  return res.status(201).json(toTask(row));
});

function toTask(row) {
  return {
    id: row.number,
    name: row.name,
    isCompleted: row.is_completed === 1,
    ts: row.ts.replace('.000000Z', 'Z'),
    version: row.version,
  };
}
