// The API's calls, for somebody who is signed in.

import { Refusal, send } from "./http.js";
import { accessToken, end, renew } from "./session.js";

export { reauthenticate } from "./session.js";

/** @typedef {import("./types.js").Proof} Proof */

/**
 * The answer. An access token that is refused is renewed, once.
 * Raises SignedOut, Offline and Refusal.
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 */
async function call(method, path, body) {
  const token = await accessToken();
  try {
    return await send({ method, path, body, token });
  } catch (error) {
    if (!isUnauthorized(error)) throw error;
  }
  try {
    return await send({ method, path, body, token: await renew(token) });
  } catch (error) {
    if (isUnauthorized(error)) end("Your session has ended. Log in to go on where you were.");
    throw error;
  }
}

/** @param {unknown} error */
function isUnauthorized(error) {
  return error instanceof Refusal && error.status === 401;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 */
async function ask(method, path, body) {
  return (await call(method, path, body)).json();
}

/** @returns {Promise<import("./types.js").Task[]>} */
export const listTasks = () => ask("GET", "/api/tasks");

/**
 * @param {{name: string, isCompleted: boolean, ts: string}} task
 * @returns {Promise<import("./types.js").Task>}
 */
export const addTask = (task) => ask("POST", "/api/tasks", task);

/**
 * @param {{id: number, name?: string, isCompleted?: boolean}} change
 * @returns {Promise<import("./types.js").Task>}
 */
export const changeTask = (change) => ask("PUT", "/api/tasks", change);

/** @param {number} id */
export const deleteTask = (id) => call("DELETE", `/api/tasks/${id}`);

/** @returns {Promise<import("./types.js").Profile>} */
export const profile = () => ask("GET", "/api/users/info");

/**
 * @param {{firstName: string, lastName: string}} names
 * @returns {Promise<import("./types.js").Profile>}
 */
export const changeProfile = (names) => ask("PUT", "/api/users/info", names);

/**
 * @param {{currentPassword: string, code: string, newPassword: string, confirmPassword: string}} change
 */
export const changePassword = (change) => call("PUT", "/api/users/password", change);

/** @param {Proof} proof */
export const deleteAccount = (proof) => call("POST", "/api/users/delete_account", proof);

/** @returns {Promise<import("./types.js").SecondFactor>} */
export const secondFactor = () => ask("GET", "/api/users/second-factor");

/** @param {string} code */
export const confirmSecondFactor = (code) => call("POST", "/api/users/second-factor/confirm", { code });

/**
 * @param {Proof} proof
 * @returns {Promise<{recoveryCodes: string[]}>}
 */
export const renewRecoveryCodes = (proof) => ask("POST", "/api/users/second-factor/recovery-codes", proof);

/** @param {Proof} proof */
export const removeSecondFactor = (proof) => call("POST", "/api/users/second-factor/remove", proof);

export const exportAccount = async () => (await call("GET", "/api/users/export")).blob();

/** @returns {Promise<import("./types.js").Session[]>} */
export const listSessions = () => ask("GET", "/api/sessions");

/** @param {string} id */
export const endSession = (id) => call("DELETE", `/api/sessions/${id}`);

export const endOtherSessions = () => call("DELETE", "/api/sessions");

/**
 * @param {string | null} before
 * @returns {Promise<import("./types.js").SecurityEventPage>}
 */
export const listSecurityEvents = (before) => {
  const query = new URLSearchParams({ limit: "20", ...(before && { before }) });
  return ask("GET", `/api/users/security-events?${query}`);
};
