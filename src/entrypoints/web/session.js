// Who is signed in. The access token is only ever in memory; the refresh token is in a cookie
// that no script can read. Tabs share what one of them has been given.

import { online } from "./connection.js";
import { Offline, Refusal, send } from "./http.js";
import { insist } from "./lost_answers.js";
import { Signal } from "./signal.js";
import { exclusively, hear, tell } from "./tabs.js";
import { pause } from "./time.js";
import { removeAllOf } from "./user_storage.js";

/** @typedef {import("./types.js").Tokens} Tokens */
/** @typedef {import("./types.js").Person} Person */
/** @typedef {import("./types.js").Proof} Proof */

/** The session is over: log in again. */
export class SignedOut extends Error {}

/** Who it is, null for nobody, and undefined for as long as that is not known. */
export const person = new Signal(/** @type {Person | null | undefined} */ (undefined));

/** Why nobody is signed in, as a sentence for them; empty where nothing needs explaining. */
export let reason = "";

// Scripts can't see the cookie, so this tells whether it is worth asking the server about it, and
// whose it is while the server can't be asked.
const HINT = "taskward.session";
// Whoever has it may be given other tokens, and another cookie.
const REFRESH_LOCK = "taskward-refresh";
const LONGEST_MARGIN = 30_000;
const PATIENCE_WITH_TABS = 150;

/** @type {{userId: number, accessToken: string, until: number, margin: number} | null} */
let held = null;
/** @type {Promise<void> | null} */
let renewal = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * After a reload: go on with the session of the cookie, if there is one. While the server can't be
 * asked, as whoever was there before. Raises Offline and Refusal.
 */
export async function resume() {
  const before = remembered();
  // Where nobody can sign in, it is for the server to say why.
  if (isSecureContext && !before) {
    person.set(null);
    return;
  }
  const asked = new AbortController();
  online.listen((isOnline) => {
    if (!isOnline && before && person.value === undefined) person.set(before);
  }, asked.signal);
  try {
    await renew(undefined);
  } catch (error) {
    if (error instanceof Offline && person.value) return;
    if (!(error instanceof SignedOut)) throw error;
    reason = "";
    person.set(null);
  } finally {
    asked.abort();
  }
}

/**
 * Raises Offline and Refusal.
 * @param {string} email
 * @param {string} password
 * @param {string} [code]
 */
export async function logIn(email, password, code) {
  const answer = await send({
    method: "POST",
    path: "/api/users/login",
    body: { email, password, code },
    withCookie: true,
  });
  share(await answer.json());
}

/**
 * For somebody who may not be able to log in without it. Raises Offline and Refusal.
 * @param {string} email
 * @param {string} password
 * @returns {Promise<import("./types.js").PendingSecondFactor>}
 */
export async function beginSecondFactor(email, password) {
  const body = { email, password };
  return (await send({ method: "POST", path: "/api/users/second-factor", body })).json();
}

/**
 * Give the password again: the server puts a new session in the place of this one.
 * Raises SignedOut, Offline and Refusal.
 * @param {number} userId
 * @param {Proof} proof
 */
export async function reauthenticate(userId, proof) {
  const token = await accessToken(userId);
  try {
    await replaceSession(userId, proof);
  } catch (error) {
    if (!(error instanceof Refusal && error.status === 401)) throw error;
    await accessToken(userId, token);
    await replaceSession(userId, proof);
  }
}

/**
 * Alone, for a refresh at the same moment could put the cookie of the session before over the new.
 * @param {number} userId
 * @param {Proof} proof
 */
function replaceSession(userId, proof) {
  return exclusively(REFRESH_LOCK, async () => {
    const path = "/api/users/reauthenticate";
    const token = tokenOf(userId);
    share(await insist({ method: "POST", path, body: proof, token, withCookie: true }));
  });
}

/**
 * For somebody who leaves: end their session, on the server and in every tab. What they have not
 * sent yet goes as well, so it is to be sent before. Raises Offline and Refusal.
 * @param {number} userId
 */
export async function logOut(userId) {
  await endOnServer(userId);
  leave(userId, "", "You logged out in another tab.");
}

/**
 * Raises Offline and Refusal.
 * @param {number} userId
 */
export async function endOnServer(userId) {
  try {
    const token = await accessToken(userId);
    // Another session may be on its way, in the place of this one: then it is that which ends.
    await exclusively(REFRESH_LOCK, async (hadToWait) => {
      if (hadToWait) await anotherTab(token);
      const path = "/api/users/logout";
      await send({ method: "POST", path, token: tokenOf(userId), withCookie: true });
    });
  } catch (error) {
    // It has ended already, which is what was wanted.
    if (!(error instanceof SignedOut) && !(error instanceof Refusal && error.status === 401)) {
      throw error;
    }
  }
}

/**
 * Forget this person here and in the other tabs; whoever else is signed in there stays. What they
 * have not sent yet waits in this browser until they log in again.
 * @param {number | undefined} userId
 * @param {string} why
 * @param {string} [whyElsewhere]
 */
export function end(userId, why, whyElsewhere = why) {
  tell({ kind: "signed-out", userId, reason: whyElsewhere });
  forget(userId, why);
}

/**
 * The same for somebody who leaves: nothing of theirs stays in this browser.
 * @param {number} userId
 * @param {string} why
 * @param {string} [whyElsewhere]
 */
export function leave(userId, why, whyElsewhere = why) {
  tell({ kind: "left", userId, reason: whyElsewhere });
  forget(userId, why);
  // Only now: as the view goes, it keeps what was being typed.
  removeAllOf(userId);
}

/**
 * One of this person's that is still good for a moment, and not the one that was refused. Raises
 * Offline, Refusal and SignedOut, which they are too once somebody else is signed in.
 * @param {number} userId
 * @param {string} [refused]
 */
export async function accessToken(userId, refused) {
  const isGood = held && held.accessToken !== refused && held.until - Date.now() > held.margin;
  if (!isGood) await renew(held?.accessToken);
  return tokenOf(userId);
}

/**
 * Tabs share tokens and the cookie, so what is held may be another's by now.
 * @param {number} userId
 */
function tokenOf(userId) {
  if (held?.userId !== userId) throw new SignedOut(reason);
  return held.accessToken;
}

/**
 * Hold another access token than the one that is no longer accepted.
 * @param {string | undefined} stale
 * @returns {Promise<void>}
 */
function renew(stale) {
  if (person.value === null) return Promise.reject(new SignedOut(reason));
  renewal ??= exclusively(REFRESH_LOCK, (hadToWait) => renewOnce(stale, hadToWait)).finally(
    () => {
      renewal = null;
    },
  );
  return renewal;
}

/**
 * @param {string | undefined} stale
 * @param {boolean} hadToWait
 */
async function renewOnce(stale, hadToWait) {
  if (hadToWait) await anotherTab(stale);
  if (person.value === null) throw new SignedOut(reason);
  if (held && held.accessToken !== stale) return;
  const userId = (person.value ?? remembered())?.userId;
  try {
    share(await insist({ method: "POST", path: "/api/users/refresh_token", withCookie: true }));
  } catch (error) {
    if (!(error instanceof Refusal && error.code === "invalid_grant")) throw error;
    end(userId, "Your session has ended. Log in to go on where you were.");
    throw new SignedOut(reason, { cause: error });
  }
}

/**
 * The tab that was quicker has told of its token by now, or does so in a moment.
 * @param {string | undefined} stale
 */
async function anotherTab(stale) {
  const deadline = Date.now() + PATIENCE_WITH_TABS;
  while (held?.accessToken === stale && Date.now() < deadline) await pause(10);
}

/** @param {Tokens} tokens */
function share(tokens) {
  const until = Date.now() + tokens.expiresIn * 1000;
  tell({ kind: "tokens", tokens, until });
  hold(tokens, until);
}

/**
 * @param {Tokens} tokens
 * @param {number} until
 */
function hold(tokens, until) {
  const margin = Math.min(LONGEST_MARGIN, tokens.expiresIn * 250);
  const { userId, firstName, accessToken } = tokens;
  held = { userId, accessToken, until, margin };
  localStorage.setItem(HINT, JSON.stringify({ userId, firstName }));
  reason = "";
  clearTimeout(timer);
  timer = setTimeout(keepFresh, Math.max(0, until - margin - Date.now()));
  if (person.value?.userId !== userId) person.set({ userId, firstName });
}

/** @returns {Person | null} */
function remembered() {
  return JSON.parse(localStorage.getItem(HINT) ?? "null");
}

/** Only for a page that is looked at: one that is forgotten must not keep the session alive. */
function keepFresh() {
  if (document.visibilityState === "visible") renew(held?.accessToken).catch(() => undefined);
}

/**
 * Whoever it is, if they are here, or nobody knows yet who is.
 * @param {number | undefined} userId
 * @param {string} why
 */
function forget(userId, why) {
  if (person.value !== undefined && person.value?.userId !== userId) return;
  held = null;
  if (remembered()?.userId === userId) localStorage.removeItem(HINT);
  clearTimeout(timer);
  reason = why;
  person.set(null);
}

hear((message) => {
  if (message.kind === "tokens") hold(message.tokens, message.until);
  const isEnd = message.kind === "signed-out" || message.kind === "left";
  if (isEnd && person.value) forget(message.userId, message.reason);
  if (message.kind === "left") removeAllOf(message.userId);
});
