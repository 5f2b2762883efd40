import { afterPassword, tellWhy } from "./dialog.js";
import { h } from "./dom.js";
import { loaded } from "./loaded.js";
import { moment } from "./time.js";
import { toast } from "./toast.js";

/** @typedef {import("./api.js").Api} Api */
/** @typedef {import("./types.js").Session} Session */

/**
 * @param {Api} api
 * @param {AbortSignal} until
 * @returns {HTMLElement}
 */
export function sessionsView(api, until) {
  const place = h("div");
  const show = () => loaded(place, () => api.listSessions(), (sessions) => list(api, sessions, show), until);
  void show();
  return h(
    "section",
    { class: "page" },
    h("h1", {}, "Sessions"),
    h("p", { class: "lead" }, "Everywhere you are logged in. Logging out takes effect there at once."),
    place,
  );
}

/**
 * @param {Api} api
 * @param {Session[]} sessions
 * @param {() => void} again
 */
function list(api, sessions, again) {
  const current = sessions.filter(({ isCurrent }) => isCurrent);
  const others = sessions.filter(({ isCurrent }) => !isCurrent);
  const everywhere = h("button", { class: "button danger", type: "button" }, "Log out everywhere else");
  everywhere.addEventListener("click", () =>
    act(api, () => api.endOtherSessions(), "Logged out everywhere else.", again),
  );
  return h(
    "div",
    {},
    h("ul", { class: "rows" }, ...[...current, ...others].map((session) => row(api, session, again))),
    others.length
      ? h("div", { class: "actions" }, everywhere)
      : h("p", { class: "hint" }, "You are logged in nowhere else."),
  );
}

/**
 * @param {Api} api
 * @param {Session} session
 * @param {() => void} again
 */
function row(api, session, again) {
  const name = session.label || inWords(session);
  const end = h("button", { class: "button", type: "button" }, "Log out there");
  end.ariaLabel = `Log out there: ${name}`;
  end.addEventListener("click", () => act(api, () => api.endSession(session.id), `Logged out: ${name}.`, again));
  return h(
    "li",
    { class: "row" },
    h(
      "div",
      {},
      h("p", { class: "row-title", dir: "auto" }, name),
      h(
        "p",
        { class: "row-detail" },
        "Last used ",
        moment(session.lastUsedAt),
        session.address && ` from ${session.address}`,
        ", logged in ",
        moment(session.createdAt),
      ),
    ),
    session.isCurrent ? h("span", { class: "badge" }, "This one") : end,
  );
}

/** @param {{browser: string, system: string}} client */
export function inWords({ browser, system }) {
  const known = [browser, system].filter((part) => part && part !== "Other");
  return known.join(" on ") || "Unknown device";
}

/**
 * @param {Api} api
 * @param {() => Promise<unknown>} work
 * @param {string} done
 * @param {() => void} again
 */
async function act(api, work, done, again) {
  try {
    await afterPassword(api, work);
    toast(done);
  } catch (error) {
    tellWhy(error);
  }
  again();
}
