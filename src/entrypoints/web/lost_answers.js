// A request for tokens takes effect though its answer may never come. While its grace period lasts,
// the server answers whoever asks again, so that a lost answer costs nobody their session.

import { Offline, Refusal, send } from "./http.js";
import { pause } from "./time.js";

// All within that period.
const WAITS = [300, 900, 2_000, 0];
const PATIENCE = 2_500;

/**
 * Ask until there is an answer. One that is long in coming may be lost, as when a phone changes
 * networks: it is asked for once more beside that. Raises Refusal and Offline.
 * @param {import("./http.js").Request} request
 * @returns {Promise<import("./types.js").Tokens>}
 */
export async function insist(request) {
  const done = new AbortController();
  /** @type {ReturnType<typeof ask>[]} */
  const asked = [];
  try {
    for (const wait of WAITS) {
      asked.push(ask({ ...request, until: done.signal }));
      const come = Promise.race([Promise.any(asked), pause(PATIENCE)]);
      const take = await come.catch(() => pause(wait));
      if (take) return take();
    }
    return (await Promise.any(asked))();
  } catch (error) {
    if (error instanceof AggregateError) throw new Offline("No answer came.", { cause: error });
    throw error;
  } finally {
    done.abort();
  }
}

/**
 * Gives what gives the tokens, for a refusal is an answer, too. Rejects when none comes.
 * @param {import("./http.js").Request} request
 * @returns {Promise<() => import("./types.js").Tokens>}
 */
async function ask(request) {
  try {
    const tokens = await (await send(request)).json();
    return () => tokens;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return () => {
      throw error;
    };
  }
}
