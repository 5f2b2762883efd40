/**
 * A value that tells its listeners when it is set.
 * @template T
 */
export class Signal {
  /** @type {Set<(value: T) => void>} */
  #listeners = new Set();
  /** @type {T} */
  #value;

  /** @param {T} value */
  constructor(value) {
    this.#value = value;
  }

  get value() {
    return this.#value;
  }

  /** @param {T} value */
  set(value) {
    this.#value = value;
    for (const listener of [...this.#listeners]) listener(value);
  }

  /**
   * @param {(value: T) => void} listener
   * @param {AbortSignal} [until]  ends the listening
   */
  listen(listener, until) {
    this.#listeners.add(listener);
    until?.addEventListener("abort", () => this.#listeners.delete(listener));
  }
}
