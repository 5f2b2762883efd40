// What the person did and the server has not confirmed yet. It outlives a reload: each entry has
// a key of its own in the local storage, so that tabs never overwrite each other's.

import { keyOf } from "./user_storage.js";

/**
 * @typedef {object} Entry
 * @property {string} at  its place in the order, and its name
 * @property {"add" | "change" | "delete"} kind
 * @property {string} task  the number of a task, or the provisional key of one without a number
 * @property {string} [name]
 * @property {boolean} [isCompleted]
 * @property {string} [ts]  of an added task: its fingerprint, known before its number
 * @property {number} [notBefore]  when to send it, at the earliest
 * @property {boolean} [wasTried]  whether it may have reached the server
 */

/** @typedef {Omit<Entry, "at">} NewEntry */

let count = 0;

export class Outbox {
  #prefix;

  /** @param {number} userId */
  constructor(userId) {
    this.#prefix = `${keyOf("outbox", userId)}.`;
  }

  /** In the order in which they were made. */
  entries() {
    const entries = [];
    for (const key of Object.keys(localStorage).sort()) {
      if (!key.startsWith(this.#prefix)) continue;
      const text = localStorage.getItem(key);
      if (text) entries.push(/** @type {Entry} */ (JSON.parse(text)));
    }
    return entries;
  }

  /** @param {NewEntry} entry */
  put(entry) {
    count += 1;
    const chance = Math.random().toString(36).slice(2, 8);
    const at = `${Date.now()}-${String(count).padStart(6, "0")}-${chance}`;
    this.replace({ ...entry, at });
    return at;
  }

  /** @param {Entry} entry */
  replace(entry) {
    localStorage.setItem(this.#prefix + entry.at, JSON.stringify(entry));
  }

  /** @param {string} at */
  has(at) {
    return localStorage.getItem(this.#prefix + at) !== null;
  }

  /** @param {string} at */
  remove(at) {
    localStorage.removeItem(this.#prefix + at);
  }

  /**
   * Once an added task has a number, what else was done to it goes by that.
   * @param {string} provisional
   * @param {string} number
   */
  renumber(provisional, number) {
    for (const entry of this.entries()) {
      const isLater = entry.kind !== "add" && entry.task === provisional;
      if (isLater) this.replace({ ...entry, task: number });
    }
  }

  /**
   * @param {() => void} listener  called when another tab has changed something
   * @param {AbortSignal} until
   */
  listen(listener, until) {
    addEventListener(
      "storage",
      ({ key }) => {
        if (key === null || key.startsWith(this.#prefix)) listener();
      },
      { signal: until },
    );
  }
}
