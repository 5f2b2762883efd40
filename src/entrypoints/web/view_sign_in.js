import { h } from "./dom.js";
import { CODE, CODE_REFUSALS, form } from "./form.js";
import { Refusal, send } from "./http.js";
import { lead } from "./router.js";
import { beginSecondFactor, logIn, reason } from "./session.js";
import { setUp } from "./set_up.js";

const SHORTEST_PASSWORD = 8;
/** The server has written into the page whether it takes sign-ups. */
const SIGN_UP_IS_OPEN = document.documentElement.dataset["signup"] === "open";

/** @type {import("./form.js").Field} */
const EMAIL = {
  name: "email",
  label: "Email",
  type: "email",
  autocomplete: "username",
  check: (value) => (/^[^\s@]+@[^\s@]+$/.test(value.trim()) ? "" : "Write it like name@example.org."),
};

/**
 * @param {{firstName?: string, lastName?: string}} [known]
 * @returns {import("./form.js").Field[]}
 */
export function nameFields({ firstName = "", lastName = "" } = {}) {
  return [
    { name: "firstName", label: "First name", type: "text", autocomplete: "given-name", value: firstName },
    { name: "lastName", label: "Last name", type: "text", autocomplete: "family-name", value: lastName },
  ];
}

/** @param {string} value */
export function checkNewPassword(value) {
  return [...value].length < SHORTEST_PASSWORD
    ? `Use at least ${SHORTEST_PASSWORD} characters.`
    : "";
}

/** @returns {HTMLElement} */
export function logInView() {
  const shown = card(
    "Log in",
    reason
      ? h("p", { class: "note", role: "status" }, reason)
      : h("p", { class: "lead" }, "Your tasks, on your own server."),
    form({
      fields: [
        EMAIL,
        { name: "password", label: "Password", type: "password", autocomplete: "current-password" },
      ],
      action: "Log in",
      submit: ({ email = "", password = "" }) => enter(shown, email, password),
    }),
    SIGN_UP_IS_OPEN
      ? h("p", { class: "aside" }, "New here? ", h("a", { href: "#/signup" }, "Make an account"))
      : h("p", { class: "hint" }, "New here? Whoever runs this server can open an account for you."),
    h("p", { class: "hint" }, "Forgot your password? Whoever runs this server can give you a link to set a new one."),
  );
  return shown;
}

/** @returns {HTMLElement} */
export function signUpView() {
  const beenHere = h("p", { class: "aside" }, "Been here before? ", h("a", { href: "#/login" }, "Log in"));
  if (!SIGN_UP_IS_OPEN) {
    const how = "Accounts are opened here by whoever runs this server. Ask them for one.";
    return card("Make an account", h("p", { class: "lead" }, how), beenHere);
  }
  const shown = card(
    "Make an account",
    form({
      fields: [
        ...nameFields(),
        EMAIL,
        {
          name: "password",
          label: "Password",
          type: "password",
          autocomplete: "new-password",
          hint: "At least 8 characters. A few unrelated words are good.",
          check: checkNewPassword,
        },
      ],
      blame: { S02: "email", S04: "password" },
      action: "Sign up",
      submit: (values) => signUp(shown, values),
    }),
    beenHere,
  );
  return shown;
}

/**
 * @param {HTMLElement} shown
 * @param {Record<string, string>} values
 */
async function signUp(shown, { email = "", password = "", firstName = "", lastName = "" }) {
  // It can be shown while it is typed, so typing it twice would only be a chore.
  const body = { email, password, confirmPassword: password, firstName, lastName };
  await send({ method: "POST", path: "/api/users/signup", body });
  await enter(shown, email, password);
}

/**
 * Log in; where that takes more than a password, ask for it in the place of what is shown.
 * @param {HTMLElement} shown
 * @param {string} email
 * @param {string} password
 */
async function enter(shown, email, password) {
  try {
    await logIn(email, password);
  } catch (error) {
    const code = error instanceof Refusal && error.code;
    if (code === "F01") askForCode(shown, email, password);
    else if (code === "F04") await askForSetUp(shown, email, password);
    else throw error;
  }
}

/**
 * @param {HTMLElement} shown
 * @param {string} email
 * @param {string} password
 */
function askForCode(shown, email, password) {
  const asking = form({
    fields: [CODE],
    blame: CODE_REFUSALS,
    action: "Log in",
    submit: ({ code = "" }) => logIn(email, password, code),
    more: [back()],
  });
  shown.replaceWith(
    card(
      "Enter your code",
      asking,
      h("p", { class: "hint" }, "Lost the app and your recovery codes? Whoever runs this server can remove your second factor."),
    ),
  );
  asking.querySelector("input")?.focus();
}

/**
 * @param {HTMLElement} shown
 * @param {string} email
 * @param {string} password
 */
async function askForSetUp(shown, email, password) {
  const pending = await beginSecondFactor(email, password);
  const next = card(
    "Set up a second factor",
    h("p", { class: "lead" }, "This server lets nobody in by a password alone."),
    setUp(pending, (code) => logIn(email, password, code), back()),
  );
  shown.replaceWith(next);
  next.querySelector("h1")?.focus();
}

function back() {
  return h("button", { class: "button", type: "button", on: { click: () => lead("login") } }, "Back");
}

/**
 * @param {string} title
 * @param {...(Node | string | false)} content
 */
export function card(title, ...content) {
  return h("div", { class: "card" }, h("h1", { tabindex: -1 }, title), ...content);
}
