// The API's calls, for somebody who is signed in.

import { Refusal, send } from "./http.js";
import { accessToken, end, reauthenticate } from "./session.js";

/** @typedef {import("./types.js").Proof} Proof */

/**
 * The calls of one person: each is made with a token of theirs, or not at all. Whoever signs in
 * before it is answered has calls of their own.
 */
export class Api {
  /** @param {number} userId */
  constructor(userId) {
    this.userId = userId;
  }

  /** @returns {Promise<import("./types.js").Task[]>} */
  listTasks() {
    return this.#ask("GET", "/api/tasks");
  }

  /**
   * @param {{name: string, isCompleted: boolean, ts: string}} task
   * @returns {Promise<import("./types.js").Task>}
   */
  addTask(task) {
    return this.#ask("POST", "/api/tasks", task);
  }

  /**
   * @param {{id: number, name?: string, isCompleted?: boolean}} change
   * @returns {Promise<import("./types.js").Task>}
   */
  changeTask(change) {
    return this.#ask("PUT", "/api/tasks", change);
  }

  /** @param {number} id */
  deleteTask(id) {
    return this.#call("DELETE", `/api/tasks/${id}`);
  }

  /** @returns {Promise<import("./types.js").Profile>} */
  profile() {
    return this.#ask("GET", "/api/users/info");
  }

  /**
   * @param {{firstName: string, lastName: string}} names
   * @returns {Promise<import("./types.js").Profile>}
   */
  changeProfile(names) {
    return this.#ask("PUT", "/api/users/info", names);
  }

  /**
   * @param {{currentPassword: string, code: string, newPassword: string, confirmPassword: string}} change
   */
  changePassword(change) {
    return this.#call("PUT", "/api/users/password", change);
  }

  /** @param {Proof} proof */
  reauthenticate(proof) {
    return reauthenticate(this.userId, proof);
  }

  /** @param {Proof} proof */
  deleteAccount(proof) {
    return this.#call("POST", "/api/users/delete_account", proof);
  }

  /** @returns {Promise<import("./types.js").SecondFactor>} */
  secondFactor() {
    return this.#ask("GET", "/api/users/second-factor");
  }

  /** @param {string} code */
  confirmSecondFactor(code) {
    return this.#call("POST", "/api/users/second-factor/confirm", { code });
  }

  /**
   * @param {Proof} proof
   * @returns {Promise<{recoveryCodes: string[]}>}
   */
  renewRecoveryCodes(proof) {
    return this.#ask("POST", "/api/users/second-factor/recovery-codes", proof);
  }

  /** @param {Proof} proof */
  removeSecondFactor(proof) {
    return this.#call("POST", "/api/users/second-factor/remove", proof);
  }

  async exportAccount() {
    return (await this.#call("GET", "/api/users/export")).blob();
  }

  /** @returns {Promise<import("./types.js").Session[]>} */
  listSessions() {
    return this.#ask("GET", "/api/sessions");
  }

  /** @param {string} id */
  endSession(id) {
    return this.#call("DELETE", `/api/sessions/${id}`);
  }

  endOtherSessions() {
    return this.#call("DELETE", "/api/sessions");
  }

  /**
   * @param {string | null} before
   * @returns {Promise<import("./types.js").SecurityEventPage>}
   */
  listSecurityEvents(before) {
    const query = new URLSearchParams({ limit: "20", ...(before && { before }) });
    return this.#ask("GET", `/api/users/security-events?${query}`);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   */
  async #ask(method, path, body) {
    return (await this.#call(method, path, body)).json();
  }

  /**
   * The answer. An access token that is refused is renewed, once.
   * Raises SignedOut, Offline and Refusal.
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   */
  async #call(method, path, body) {
    const token = await accessToken(this.userId);
    try {
      return await send({ method, path, body, token });
    } catch (error) {
      if (!isUnauthorized(error)) throw error;
    }
    const another = await accessToken(this.userId, token);
    try {
      return await send({ method, path, body, token: another });
    } catch (error) {
      if (isUnauthorized(error)) end(this.userId, "Your session has ended. Log in to go on where you were.");
      throw error;
    }
  }
}

/** @param {unknown} error */
function isUnauthorized(error) {
  return error instanceof Refusal && error.status === 401;
}
