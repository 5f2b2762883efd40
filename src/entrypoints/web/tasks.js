// The tasks on this page: what the server told, and over it what is still in the outbox. Every
// change is shown at once, kept, and sent; when the server can't be reached, later.

import { online } from "./connection.js";
import { Dispatch } from "./dispatch.js";
import { Offline } from "./http.js";
import { Outbox } from "./outbox.js";
import { SignedOut } from "./session.js";
import { Signal } from "./signal.js";
import { hear, tell } from "./tabs.js";

/** @typedef {import("./types.js").Task} Task */
/** @typedef {import("./types.js").ShownTask} ShownTask */
/** @typedef {import("./outbox.js").Entry} Entry */

export const TIME_TO_UNDO = 8_000;

export class Tasks {
  /** Newest first; null until there is something to show. */
  shown = new Signal(/** @type {ShownTask[] | null} */ (null));
  /** What the server refused for good, as sentences to show. */
  refused = new Signal(/** @type {{sentence: string, name?: string} | null} */ (null));

  /** @type {Map<number, Task> | null} */
  #known = null;
  /** How often something was learnt of a single task. */
  #news = 0;
  #api;
  #outbox;
  #dispatch;
  /** @type {Map<number, string>} numbers of tasks added here, to the keys they were given first */
  #keys = new Map();
  /** @type {Set<string>} deletions that this page still offers to undo */
  #undoable = new Set();

  /**
   * @param {import("./api.js").Api} api
   * @param {AbortSignal} until
   */
  constructor(api, until) {
    this.#api = api;
    this.#outbox = new Outbox(api.userId);
    this.#dispatch = new Dispatch(api, this.#outbox, this.#listener(), until);
    this.#outbox.listen(() => this.#show(), until);
    online.listen(() => this.#lookAgain(), until);
    addEventListener("visibilitychange", () => this.#lookAgain(), { signal: until });
    addEventListener("pagehide", () => this.#leave(), { signal: until });
    hear((message) => {
      if (until.aborted || !("userId" in message) || message.userId !== this.userId) return;
      if (message.kind === "task") this.#learn(message.task);
      if (message.kind === "task-gone") this.#unlearn(message.id);
    });
  }

  /** Whose they are. */
  get userId() {
    return this.#api.userId;
  }

  /** Whether the server has told its tasks. */
  get isKnown() {
    return this.#known !== null;
  }

  /** Whether the server is in trouble, so that changes wait though it can be reached. */
  get isDelayed() {
    return this.#dispatch.isDelayed;
  }

  /** Ask the server, after telling it what is new here. Raises Refusal, never Offline. */
  async load() {
    try {
      await this.#dispatch.send();
      this.#known = await this.#list();
      this.#show();
    } catch (error) {
      if (!(error instanceof Offline) && !(error instanceof SignedOut)) throw error;
      this.#show();
    }
  }

  /** What came to be known while the server made its list may not be in it yet. */
  async #list() {
    for (;;) {
      const before = this.#news;
      const tasks = await this.#api.listTasks();
      if (this.#news === before) return new Map(tasks.map((task) => [task.id, task]));
    }
  }

  /** @param {string} name */
  add(name) {
    const ts = fingerprint();
    this.#do({ kind: "add", task: `new-${ts}`, name, isCompleted: false, ts });
  }

  /**
   * @param {string} key
   * @param {{name?: string, isCompleted?: boolean}} change
   */
  change(key, change) {
    this.#do({ kind: "change", task: this.#numbered(key), ...change });
  }

  /**
   * Delete it, unless that is undone in time.
   * @param {string} key
   * @returns {() => boolean} undoes it, and tells whether it was early enough
   */
  delete(key) {
    const notBefore = Date.now() + TIME_TO_UNDO;
    const at = this.#outbox.put({ kind: "delete", task: this.#numbered(key), notBefore });
    this.#undoable.add(at);
    this.#show();
    this.#dispatch.sendWhenDue();
    return () => {
      const isEarly = this.#undoable.has(at) && this.#outbox.has(at);
      this.#outbox.remove(at);
      this.#show();
      return isEarly;
    };
  }

  /** Send all there is, also what could still be undone. Raises as Dispatch does. */
  sendAll() {
    return this.#dispatch.send({ evenEarly: true });
  }

  /** @param {import("./outbox.js").NewEntry} entry */
  #do(entry) {
    this.#outbox.put(entry);
    this.#show();
    this.#dispatch.send().catch(() => undefined);
  }

  /** @returns {import("./dispatch.js").Listener} */
  #listener() {
    return {
      added: (task, provisional) => {
        this.#keys.set(task.id, provisional);
        this.#tell(task);
      },
      changed: (task) => this.#tell(task),
      gone: (id) => {
        tell({ kind: "task-gone", userId: this.userId, id });
        this.#unlearn(id);
      },
      refused: (sentence, name) => this.refused.set({ sentence, ...(name && { name }) }),
      paused: () => this.#show(),
    };
  }

  /** @param {Task} task */
  #tell(task) {
    tell({ kind: "task", userId: this.userId, task });
    this.#learn(task);
  }

  /** @param {Task} task */
  #learn(task) {
    this.#news += 1;
    this.#known?.set(task.id, task);
    this.#show();
  }

  /** @param {number} id */
  #unlearn(id) {
    this.#news += 1;
    this.#known?.delete(id);
    this.#show();
  }

  /** @param {string} key */
  #numbered(key) {
    for (const [id, given] of this.#keys) if (given === key) return String(id);
    return key;
  }

  #show() {
    if (!this.#known && online.value) return;
    const entries = this.#outbox.entries();
    this.#recognize(entries);
    /** @type {Map<string, ShownTask>} */
    const tasks = new Map();
    for (const { id, name, isCompleted } of this.#known?.values() ?? []) {
      const key = this.#keys.get(id) ?? String(id);
      tasks.set(String(id), { key, name, isCompleted, isWaiting: false });
    }
    for (const entry of entries) lay({ ...entry, task: this.#numbered(entry.task) }, tasks);
    this.shown.set([...tasks.values()].reverse());
  }

  /**
   * What another tab has added is told before it leaves the outbox: it is one task, not two.
   * @param {Entry[]} entries
   */
  #recognize(entries) {
    const added = new Map(entries.flatMap(({ kind, ts, task }) => (kind === "add" ? [[ts, task]] : [])));
    for (const { id, ts } of this.#known?.values() ?? []) {
      const key = added.get(ts);
      if (key) this.#keys.set(id, key);
    }
  }

  /** Other devices may have changed something meanwhile. */
  #lookAgain() {
    if (document.visibilityState === "visible" && online.value) this.load().catch(() => undefined);
  }

  /** Nobody can undo any more. What does not arrive is sent when the page is opened again. */
  #leave() {
    for (const entry of this.#outbox.entries()) {
      if (!this.#undoable.has(entry.at)) continue;
      this.#outbox.replace({ ...entry, notBefore: 0 });
      this.#api.deleteTask(Number(entry.task)).catch(() => undefined);
    }
    this.#undoable.clear();
  }
}

/**
 * @param {Entry} entry
 * @param {Map<string, ShownTask>} tasks
 */
function lay(entry, tasks) {
  if (entry.kind === "delete") {
    tasks.delete(entry.task);
    return;
  }
  const before = tasks.get(entry.task);
  if (entry.kind === "change" ? !before : before) return;
  tasks.set(entry.task, {
    key: before?.key ?? entry.task,
    name: entry.name ?? before?.name ?? "",
    isCompleted: entry.isCompleted ?? before?.isCompleted ?? false,
    isWaiting: true,
  });
}

/** The present moment, with microseconds made up so that no two tasks share one. */
function fingerprint() {
  const micros = String(1 + Math.floor(Math.random() * 998)).padStart(3, "0");
  return new Date().toISOString().replace("Z", `${micros}Z`);
}
