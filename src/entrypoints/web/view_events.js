import { tellWhy } from "./dialog.js";
import { h } from "./dom.js";
import { loaded } from "./loaded.js";
import { moment } from "./time.js";
import { inWords } from "./view_sessions.js";

/** @typedef {import("./api.js").Api} Api */
/** @typedef {import("./types.js").SecurityEvent} SecurityEvent */
/** @typedef {import("./types.js").SecurityEventPage} SecurityEventPage */

/** @type {Record<string, string>} */
const KINDS = {
  logged_in: "Logged in",
  login_failed: "A wrong password was given",
  code_failed: "A wrong code was given",
  code_missing: "Your password was given without a code",
  password_changed: "Password changed",
  password_link_made: "The operator made a link to set a new password",
  password_reset: "A new password was set by the operator's link",
  account_disabled: "The operator disabled your account",
  account_enabled: "The operator enabled your account again",
  second_factor_begun: "Setting up a second factor was started",
  second_factor_added: "Second factor set up",
  second_factor_removed: "Second factor removed",
  recovery_codes_renewed: "New recovery codes made",
  refresh_token_reused: "A stolen token may have been used: that session was ended",
  session_ended: "A session ended",
};

/** @type {Record<string, string>} */
const DETAILS = {
  device_code: "Logged in, with a code of the authenticator app",
  recovery_code: "Logged in, with a recovery code",
  late: "A code was given again, or too late",
  logout: "Logged out",
  password_given_again: "Password given again: a new session replaced this one",
  logged_out_elsewhere: "Logged out from another session",
  password_changed: "Ended, because the password was changed",
  password_reset: "Ended, because a new password was set by a link",
  second_factor_added: "Ended, because a second factor was set up",
  second_factor_removed: "Ended, because the second factor was removed",
  too_many_sessions: "Ended, because too many sessions had begun",
  account_disabled: "Ended, because the account was disabled",
  ended_by_operator: "Ended by the operator",
  reuse_detected: "Ended, because its token was used twice",
};

const ALARMING = new Set([
  "login_failed",
  "code_failed",
  "code_missing",
  "password_reset",
  "second_factor_removed",
  "refresh_token_reused",
]);

/**
 * @param {Api} api
 * @param {AbortSignal} until
 * @returns {HTMLElement}
 */
export function eventsView(api, until) {
  const place = h("div");
  void loaded(place, () => api.listSecurityEvents(null), (first) => pages(api, first), until);
  return h(
    "section",
    { class: "page" },
    h("h1", {}, "Security events"),
    h(
      "p",
      { class: "lead" },
      "What happened to your account. If something here was not you, ",
      h("a", { href: "#/account" }, "change your password"),
      ": that logs out everyone else.",
    ),
    place,
  );
}

/**
 * @param {Api} api
 * @param {SecurityEventPage} first
 */
function pages(api, first) {
  const list = h("ul", { class: "rows" });
  const more = h("button", { class: "button", type: "button" }, "Show older ones");
  let { next } = first;
  add(first);
  more.addEventListener("click", async () => {
    more.ariaBusy = "true";
    try {
      add(await api.listSecurityEvents(next));
    } catch (error) {
      tellWhy(error);
    }
    more.ariaBusy = "false";
  });
  return h("div", {}, list, h("div", { class: "actions" }, more));

  /** @param {SecurityEventPage} page */
  function add(page) {
    const rows = page.events.map(row);
    list.append(...rows);
    next = page.next;
    more.hidden = next === null;
    if (page !== first) rows[0]?.focus();
  }
}

/** @param {SecurityEvent} event */
function whence(event) {
  // What the operator does comes from no device.
  return event.address ? `${inWords(event)} at ${event.address}` : "At the server itself";
}

/** @param {SecurityEvent} event */
function row(event) {
  const title = DETAILS[event.detail] ?? KINDS[event.kind] ?? event.kind;
  return h(
    "li",
    { class: ALARMING.has(event.kind) ? "row alarming" : "row", tabindex: -1 },
    h(
      "div",
      {},
      h("p", { class: "row-title" }, title),
      h("p", { class: "row-detail" }, whence(event)),
    ),
    h("p", { class: "row-when" }, moment(event.at)),
  );
}
