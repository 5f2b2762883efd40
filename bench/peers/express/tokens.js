import { createSecretKey, randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { db } from './db.js';

const ACCESS_TOKEN_SECONDS = Number(process.env.ACCESS_TOKEN_SECONDS);
const REFRESH_TOKEN_SECONDS = 14 * 86400;
// As a string, each verification would first try to read it as a public key.
const SECRET = createSecretKey(process.env.JWT_SECRET, 'utf8');

const insert = db.prepare('INSERT INTO refresh_tokens (jti, user_id, expires_at) VALUES (?, ?, ?)');
const revoke = db.prepare(
  'UPDATE refresh_tokens SET revoked_at = ? WHERE jti = ? AND revoked_at IS NULL',
);

const now = () => Math.floor(Date.now() / 1000);

export function issueTokens(userId) {
  const jti = randomUUID();
  const subject = String(userId);
  insert.run(jti, userId, now() + REFRESH_TOKEN_SECONDS);
  return {
    accessToken: jwt.sign({ type: 'access' }, SECRET, { subject, expiresIn: ACCESS_TOKEN_SECONDS }),
    refreshToken: jwt.sign({ type: 'refresh' }, SECRET, {
      subject,
      jwtid: jti,
      expiresIn: REFRESH_TOKEN_SECONDS,
    }),
    tokenType: 'Bearer',
    expiresIn: ACCESS_TOKEN_SECONDS,
    userId,
  };
}

/** The payload of a token of that type, or null. */
export function verify(token, type) {
  try {
    const payload = jwt.verify(token, SECRET, { algorithms: ['HS256'] });
    return payload.type === type ? payload : null;
  } catch {
    return null;
  }
}

const rotateInTransaction = db.transaction(({ jti, sub }) =>
  revoke.run(now(), jti).changes === 1 ? issueTokens(Number(sub)) : null,
);

/** New tokens for an unused refresh token, or null. */
export function rotate(refreshToken) {
  const payload = verify(refreshToken, 'refresh');
  return payload && rotateInTransaction.immediate(payload);
}

export function requireUser(req, res, next) {
  const [scheme, token] = (req.get('authorization') ?? '').split(' ');
  const payload = scheme === 'Bearer' ? verify(token, 'access') : null;
  if (!payload) return res.status(401).json({ error: 'Unauthorized' });
  req.userId = Number(payload.sub);
  return next();
}
