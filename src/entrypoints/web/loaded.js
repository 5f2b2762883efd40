import { advice } from "./advice.js";
import { online } from "./connection.js";
import { h } from "./dom.js";
import { Offline } from "./http.js";

/**
 * Fill a place with what the server tells; where it can't, say so and offer to try again.
 * @template T
 * @param {HTMLElement} place
 * @param {() => Promise<T>} load
 * @param {(answer: T) => Node} show
 * @param {AbortSignal} until
 */
export async function loaded(place, load, show, until) {
  const isFirst = !place.hasChildNodes();
  if (isFirst) place.append(h("p", { class: "hint", role: "status" }, "Loading …"));
  try {
    const answer = await load();
    if (!until.aborted) place.replaceChildren(show(answer));
  } catch (error) {
    if (until.aborted) return;
    const again = () => void loaded(place, load, show, until);
    const button = h("button", { class: "button", type: "button", on: { click: again } }, "Try again");
    place.replaceChildren(h("div", { class: "trouble", role: "alert" }, h("p", {}, advice(error)), button));
    if (error instanceof Offline) whenBack(again, until);
  }
}

/**
 * @param {() => void} action
 * @param {AbortSignal} until
 */
function whenBack(action, until) {
  const once = new AbortController();
  online.listen((isOnline) => {
    if (!isOnline) return;
    once.abort();
    action();
  }, AbortSignal.any([until, once.signal]));
}
