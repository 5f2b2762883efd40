// What surrounds the views once somebody is signed in.

import { advice } from "./advice.js";
import { online } from "./connection.js";
import { byId, h, icon } from "./dom.js";
import { Offline } from "./http.js";
import { lead } from "./router.js";
import { logOut, person, SignedOut } from "./session.js";
import { toast } from "./toast.js";
import { showHelp } from "./view_help.js";

/** @typedef {import("./tasks.js").Tasks} Tasks */
/** @typedef {import("./types.js").Person} Person */

/** @type {[string, string, "tasks" | "devices" | "shield" | "person"][]} */
const PLACES = [
  ["tasks", "Tasks", "tasks"],
  ["sessions", "Sessions", "devices"],
  ["events", "Events", "shield"],
  ["account", "Account", "person"],
];

/**
 * @param {Person} who
 * @param {Tasks} tasks
 */
export function shell({ userId, firstName }, tasks) {
  const help = h("button", { type: "button", class: "link for-keys", on: { click: showHelp } }, "Keyboard");
  const out = h("button", { type: "button", class: "link" }, "Log out");
  out.addEventListener("click", () => void leave(userId, tasks));
  const links = PLACES.map(([place, text, picture]) => {
    const properties = { href: `#/${place}`, "data-place": place, on: { click: again } };
    return h("a", properties, icon(picture), h("span", {}, text));
  });
  byId("nav").replaceChildren(...links);
  byId("person").replaceChildren(h("span", { class: "who", dir: "auto" }, firstName), help, out);
}

/**
 * To go where one is already is no step for the browser, but may be a way back within the view.
 * @param {Event} event
 */
function again(event) {
  const elsewhere = event instanceof MouseEvent && (event.ctrlKey || event.metaKey || event.shiftKey);
  const link = /** @type {HTMLAnchorElement} */ (event.currentTarget);
  if (link.hash === location.hash && !elsewhere) lead(link.hash.slice(2));
}

/** @param {string} name  of the person, from now on */
export function showName(name) {
  const who = byId("person").querySelector(".who");
  if (who) who.textContent = name;
}

/** @param {string} place */
export function mark(place) {
  for (const link of byId("nav").children) {
    if (link.getAttribute("data-place") === place) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/**
 * @param {number} userId
 * @param {Tasks} tasks
 */
async function leave(userId, tasks) {
  try {
    await tasks.sendAll();
    await logOut(userId);
  } catch (error) {
    // They are told by the page to log in, or somebody else has done so.
    if (error instanceof SignedOut || person.value?.userId !== userId) return;
    const sentence =
      error instanceof Offline
        ? "You are offline, so nobody can be told that you want to log out. Connect, then log out again."
        : advice(error);
    toast(sentence, { isError: true, time: 0 });
  }
}

/** Says when the server is away; what waits is told as well. */
export function showConnection() {
  const banner = byId("connection");
  banner.textContent = online.value
    ? ""
    : "You are offline. What you do here is kept, and sent when the connection is back.";
  document.documentElement.classList.toggle("offline", !online.value);
}
