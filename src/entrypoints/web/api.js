// The API's calls, for somebody who is signed in.

import { Refusal, send } from "./http.js";
import { accessToken, end, reason, reauthenticate, SignedOut } from "./session.js";

/** @typedef {import("./types.js").Proof} Proof */

/**
 * The calls of one person: each is made with a token of theirs, or not at all. Whoever signs in
 * before it is answered has calls of their own.
 */
export class Api {
  #stay;

  /**
   * @param {number} userId
   * @param {AbortSignal} [stay]  what is answered after it is told to nobody, and raises SignedOut
   */
  constructor(userId, stay) {
    this.userId = userId;
    this.#stay = stay;
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
    return this.#do("DELETE", `/api/tasks/${id}`);
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
    return this.#do("PUT", "/api/users/password", change);
  }

  /** @param {Proof} proof */
  reauthenticate(proof) {
    return this.#told(reauthenticate(this.userId, proof));
  }

  /**
   * What is left of them in this browser goes after that, whoever is there by then.
   * @param {Proof} proof
   */
  deleteAccount(proof) {
    return this.#call("POST", "/api/users/delete_account", proof);
  }

  /** @returns {Promise<import("./types.js").SecondFactor>} */
  secondFactor() {
    return this.#ask("GET", "/api/users/second-factor");
  }

  /** @param {string} code */
  confirmSecondFactor(code) {
    return this.#do("POST", "/api/users/second-factor/confirm", { code });
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
    return this.#do("POST", "/api/users/second-factor/remove", proof);
  }

  exportAccount() {
    return this.#told(this.#call("GET", "/api/users/export").then((answer) => answer.blob()));
  }

  /** @returns {Promise<import("./types.js").Session[]>} */
  listSessions() {
    return this.#ask("GET", "/api/sessions");
  }

  /** @param {string} id */
  endSession(id) {
    return this.#do("DELETE", `/api/sessions/${id}`);
  }

  endOtherSessions() {
    return this.#do("DELETE", "/api/sessions");
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
  #ask(method, path, body) {
    return this.#told(this.#call(method, path, body).then((answer) => answer.json()));
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   */
  #do(method, path, body) {
    return this.#told(this.#call(method, path, body));
  }

  /**
   * The answer, or why there is none, for who has asked: by then it may be somebody else's page.
   * @template T
   * @param {Promise<T>} answer
   */
  async #told(answer) {
    await answer.catch(() => undefined);
    if (this.#stay?.aborted) throw new SignedOut(reason);
    return answer;
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
