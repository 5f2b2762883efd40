// One request to the API, and the ways in which it can fail.

import { missed, reached } from "./connection.js";
import { pause } from "./time.js";

const TIMEOUT = 20_000;
const BUSY = "busy";
const TRIES_WHILE_BUSY = 6;
const LONGEST_WAIT_WHILE_BUSY = 5_000;

/** The server could not be reached: nothing is known about whether it acted. */
export class Offline extends Error {}

/** The server answered, but not with what was asked for. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} code  the API's error code; empty where something in between answered
   * @param {string} sentence
   * @param {number} retryAfter  seconds, or 0
   */
  constructor(status, code, sentence, retryAfter) {
    super(sentence);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  /** Whether the same request may succeed later. */
  get passes() {
    return this.status >= 500 || this.status === 429 || this.status === 408;
  }
}

/**
 * @typedef {object} Request
 * @property {string} method
 * @property {string} path
 * @property {unknown} [body]
 * @property {string} [token]  the access token
 * @property {boolean} [withCookie]  whether the refresh token travels in its cookie
 * @property {AbortSignal} [until]  when nobody waits for the answer any more
 */

/**
 * The answer, if it is a success. Raises Offline and Refusal.
 *
 * What a busy server has turned away it has not begun: that is sent again, a few times.
 * @param {Request} request
 * @returns {Promise<Response>}
 */
export async function send(request) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await sendOnce(request);
    } catch (error) {
      const isBusy = error instanceof Refusal && error.code === BUSY;
      if (!isBusy || tries === TRIES_WHILE_BUSY) throw error;
      await turn(error.retryAfter);
    }
  }
}

/**
 * As long as the server asks for, and a little by chance: those turned away together had better
 * not come back together.
 * @param {number} seconds
 */
function turn(seconds) {
  return pause(Math.min(seconds * 1000, LONGEST_WAIT_WHILE_BUSY) + Math.random() * 500);
}

/**
 * @param {Request} request
 * @returns {Promise<Response>}
 */
async function sendOnce({ method, path, body, token, withCookie, until }) {
  const headers = new Headers();
  if (token) headers.set("Authorization", `Bearer ${token}`);
  if (withCookie) headers.set("X-Taskward-Cookie", "1");
  if (body !== undefined) headers.set("Content-Type", "application/json");
  /** @type {Response} */
  let response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      cache: "no-store",
      credentials: "same-origin",
      // A deletion that is sent while the page is being closed still arrives.
      keepalive: method === "DELETE",
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT), ...(until ? [until] : [])]),
    });
  } catch (error) {
    if (!until?.aborted) missed();
    throw new Offline("The server cannot be reached.", { cause: error });
  }
  reached();
  if (!response.ok) throw await refusal(response);
  return response;
}

/** @param {Response} response */
async function refusal(response) {
  const retryAfter = Number(response.headers.get("Retry-After")) || 0;
  const problem = await response.json().catch(() => ({}));
  const sentence = problem.error ?? "The server gave an answer that this page does not understand.";
  return new Refusal(response.status, problem.errorCode ?? "", sentence, retryAfter);
}
