// Sends what is in the outbox, in order and one tab at a time; what can't be sent now, later.

import { advice } from "./advice.js";
import { Refusal } from "./http.js";
import { exclusively } from "./tabs.js";

/** @typedef {import("./types.js").Task} Task */
/** @typedef {import("./outbox.js").Entry} Entry */

/**
 * Who hears what has come of it.
 * @typedef {object} Listener
 * @property {(task: Task, provisional: string) => void} added
 * @property {(task: Task) => void} changed
 * @property {(id: number) => void} gone
 * @property {(sentence: string, name?: string) => void} refused  for good
 * @property {() => void} paused  nothing more can be sent for now
 */

const FIRST_WAIT = 2_000;
const LONGEST_WAIT = 60_000;

export class Dispatch {
  /** Whether the server is in trouble, so that changes wait though it can be reached. */
  isDelayed = false;

  #api;
  #outbox;
  #listener;
  #until;
  #wait = FIRST_WAIT;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {import("./api.js").Api} api
   * @param {import("./outbox.js").Outbox} outbox  of the same person
   * @param {Listener} listener
   * @param {AbortSignal} until
   */
  constructor(api, outbox, listener, until) {
    this.#api = api;
    this.#outbox = outbox;
    this.#listener = listener;
    this.#until = until;
    until.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /**
   * Send what is due. Raises Offline, SignedOut, and Refusal for one that will pass.
   * @param {{evenEarly?: boolean}} [options]  whether deletions are sent that could be undone yet
   */
  async send({ evenEarly = false } = {}) {
    const now = evenEarly ? Infinity : Date.now();
    try {
      await exclusively("taskward-outbox", async () => {
        for (;;) {
          const entry = this.#outbox.entries().find(({ notBefore }) => (notBefore ?? 0) <= now);
          if (!entry) return;
          await this.#sendOne(entry);
          this.#wait = FIRST_WAIT;
          this.isDelayed = false;
        }
      });
    } catch (error) {
      if (error instanceof Refusal && error.passes) this.#retry(error.retryAfter);
      throw error;
    } finally {
      if (!this.#until.aborted) this.#listener.paused();
    }
    this.sendWhenDue();
  }

  /** What can still be undone is sent once it can't. */
  sendWhenDue() {
    const waits = this.#outbox.entries().map(({ notBefore }) => (notBefore ?? 0) - Date.now());
    if (waits.length) this.#sendLater(Math.max(0, Math.min(...waits)) + 50);
  }

  /** @param {Entry} entry */
  async #sendOne(entry) {
    try {
      await this.#perform(entry);
    } catch (error) {
      if (!(error instanceof Refusal) || error.passes || error.status === 401) throw error;
      if (entry.kind === "add") this.#dropAll(entry.task);
      // A task that is gone needs no deletion.
      const isDone = entry.kind === "delete" && error.status === 404;
      if (!isDone) this.#listener.refused(advice(error), entry.name);
      if (error.status === 404) this.#listener.gone(Number(entry.task));
    }
    this.#outbox.remove(entry.at);
  }

  /**
   * What was done to a task that will never be.
   * @param {string} task
   */
  #dropAll(task) {
    for (const entry of this.#outbox.entries()) {
      if (entry.task === task) this.#outbox.remove(entry.at);
    }
  }

  /** @param {Entry} entry */
  async #perform(entry) {
    if (entry.kind === "add") {
      const task = await this.#addOnce(entry);
      this.#outbox.renumber(entry.task, String(task.id));
      this.#listener.added(task, entry.task);
    } else if (entry.kind === "change") {
      const { name, isCompleted } = entry;
      const change = { ...(name !== undefined && { name }), ...(isCompleted !== undefined && { isCompleted }) };
      this.#listener.changed(await this.#api.changeTask({ id: Number(entry.task), ...change }));
    } else {
      await this.#api.deleteTask(Number(entry.task));
      this.#listener.gone(Number(entry.task));
    }
  }

  /**
   * An answer may have been lost: then the task is there, and known by its fingerprint.
   * @param {Entry} entry
   */
  async #addOnce(entry) {
    const ts = entry.ts ?? "";
    if (entry.wasTried) {
      const there = (await this.#api.listTasks()).find((task) => task.ts === ts);
      if (there) return there;
    }
    this.#outbox.replace({ ...entry, wasTried: true });
    return this.#api.addTask({ name: entry.name ?? "", isCompleted: entry.isCompleted ?? false, ts });
  }

  /** @param {number} milliseconds */
  #sendLater(milliseconds) {
    clearTimeout(this.#timer);
    if (this.#until.aborted) return;
    this.#timer = setTimeout(() => this.send().catch(() => undefined), milliseconds);
  }

  /** @param {number} seconds */
  #retry(seconds) {
    this.isDelayed = true;
    this.#sendLater(Math.max(seconds * 1000, this.#wait));
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }
}
