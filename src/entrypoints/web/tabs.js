// The other tabs of this browser that have the page open.

/**
 * What one tab tells the others.
 * @typedef {{kind: "tokens", tokens: import("./types.js").Tokens, until: number}
 *   | {kind: "signed-out", userId: number | undefined, reason: string}
 *   | {kind: "left", userId: number, reason: string}
 *   | {kind: "task", userId: number, task: import("./types.js").Task}
 *   | {kind: "task-gone", userId: number, id: number}} Message
 */

const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("taskward") : null;

/** @param {Message} message */
export function tell(message) {
  channel?.postMessage(message);
}

/** @param {(message: Message) => void} listener */
export function hear(listener) {
  channel?.addEventListener("message", (event) => listener(event.data));
}

/**
 * Run it while no other tab runs what has the same name. ``hadToWait`` tells it whether one did.
 *
 * Browsers have locks only in secure contexts. Without them the server's own grace period for
 * refresh tokens keeps tabs from harming each other.
 * @template T
 * @param {string} name
 * @param {(hadToWait: boolean) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function exclusively(name, work) {
  if (!navigator.locks) return work(false);
  let ran = false;
  const attempt = await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
    if (!lock) return null;
    ran = true;
    return { result: await work(false) };
  });
  if (ran && attempt) return attempt.result;
  return navigator.locks.request(name, () => work(true));
}
