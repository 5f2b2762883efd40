// Where the page begins: it finds out who is there, and shows them what they asked for.

import { advice } from "./advice.js";
import { Api } from "./api.js";
import { online } from "./connection.js";
import { byId, h } from "./dom.js";
import { Offline } from "./http.js";
import { onKeys } from "./keys.js";
import { takeSecret } from "./password_link.js";
import { isRoute, onRoute, route } from "./router.js";
import { end, endOnServer, person, resume } from "./session.js";
import { mark, shell, showConnection } from "./shell.js";
import { Tasks } from "./tasks.js";
import { clearToasts } from "./toast.js";
import { accountView } from "./view_account.js";
import { eventsView } from "./view_events.js";
import { showHelp } from "./view_help.js";
import { sessionsView } from "./view_sessions.js";
import { setPasswordView } from "./view_set_password.js";
import { logInView, signUpView } from "./view_sign_in.js";
import { tasksView } from "./view_tasks.js";
import { keepPage } from "./without_network.js";

const SIGN_IN_VIEWS = ["login", "signup"];
const VIEWS = ["tasks", "sessions", "events", "account", "set-password"];
const VIEWS_FOR_NOBODY = [...SIGN_IN_VIEWS, "set-password"];
/** @type {Record<string, string>} */
const TITLES = {
  tasks: "Tasks",
  sessions: "Sessions",
  events: "Security events",
  account: "Account",
  login: "Log in",
  signup: "Make an account",
  "set-password": "Set a new password",
};

const main = byId("main");
/** Ends with the stay of a person. */
let stay = new AbortController();
/** Ends with the view. */
let visit = new AbortController();
/** @type {Api | null} */
let api = null;
/** @type {Tasks | null} */
let tasks = null;
let isFirst = true;

function greet() {
  stay.abort();
  stay = new AbortController();
  clearToasts();
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  const who = person.value;
  document.documentElement.dataset["state"] = who ? "in" : "out";
  api = who ? new Api(who.userId, stay.signal) : null;
  // What was done to them is noted as done, whoever is there by then.
  tasks = who ? new Tasks(new Api(who.userId), stay.signal) : null;
  if (who && tasks) {
    shell(who, tasks);
    void keepPage();
    // Otherwise the way they came in would be where they are when they log out.
    if (isRoute(SIGN_IN_VIEWS)) history.replaceState(null, "", "#/tasks");
  }
  show();
}

function show() {
  const name = route(tasks ? VIEWS : VIEWS_FOR_NOBODY);
  visit.abort();
  visit = new AbortController();
  document.title = `${TITLES[name]} · Taskward`;
  mark(name);
  main.replaceChildren(view(name));
  if (!isFirst) focusView();
  isFirst = false;
}

/** @param {string} name */
function view(name) {
  if (name === "set-password") return setPasswordView(leadToLogIn);
  if (!api || !tasks) return name === "signup" ? signUpView() : logInView();
  if (name === "sessions") return sessionsView(api, visit.signal);
  if (name === "events") return eventsView(api, visit.signal);
  if (name === "account") return accountView(api, visit.signal);
  return tasksView(tasks, visit.signal);
}

async function leadToLogIn() {
  history.replaceState(null, "", "#/login");
  const why = "Your new password is set. Log in with it.";
  // Whoever may be signed in here is so with the old password, or is somebody else. What they
  // have done and cannot send now waits for them.
  const userId = person.value?.userId;
  await tasks?.sendAll().catch(() => undefined);
  if (userId) await endOnServer(userId).catch(() => undefined);
  end(userId, why, "You were logged out in another tab.");
}

/** So that a screen reader tells where one has arrived, and Tab goes on from there. */
function focusView() {
  const heading = main.querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus({ preventScroll: true });
  scrollTo(0, 0);
}

async function begin() {
  try {
    await resume();
  } catch (error) {
    const again = () => void begin();
    const button = h("button", { class: "button", type: "button", on: { click: again } }, "Try again");
    main.replaceChildren(
      h("div", { class: "card" }, h("h1", {}, "Not yet"), h("p", { role: "alert" }, advice(error)), button),
    );
    document.documentElement.dataset["state"] = "out";
    if (error instanceof Offline) retryWhenBack();
  }
}

function retryWhenBack() {
  const once = new AbortController();
  online.listen((isOnline) => {
    if (!isOnline) return;
    once.abort();
    void begin();
  }, once.signal);
}

person.listen(greet);
online.listen(showConnection);
onRoute(() => {
  takeSecret();
  if (person.value !== undefined && (location.hash === "" || location.hash.startsWith("#/"))) show();
});
onKeys(["?"], showHelp);
takeSecret();
byId("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
void begin();
