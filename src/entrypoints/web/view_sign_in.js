import { h } from "./dom.js";
import { form } from "./form.js";
import { send } from "./http.js";
import { logIn, reason } from "./session.js";

const SHORTEST_PASSWORD = 8;

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
  return card(
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
      submit: ({ email = "", password = "" }) => logIn(email, password),
    }),
    h("p", { class: "aside" }, "New here? ", h("a", { href: "#/signup" }, "Make an account")),
    h("p", { class: "hint" }, "Forgot your password? Whoever runs this server can give you a link to set a new one."),
  );
}

/** @returns {HTMLElement} */
export function signUpView() {
  return card(
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
      submit: signUp,
    }),
    h("p", { class: "aside" }, "Been here before? ", h("a", { href: "#/login" }, "Log in")),
  );
}

/** @param {Record<string, string>} values */
async function signUp({ email = "", password = "", firstName = "", lastName = "" }) {
  // It can be shown while it is typed, so typing it twice would only be a chore.
  const body = { email, password, confirmPassword: password, firstName, lastName };
  await send({ method: "POST", path: "/api/users/signup", body });
  await logIn(email, password);
}

/**
 * @param {string} title
 * @param {...(Node | string | false)} content
 */
export function card(title, ...content) {
  return h("div", { class: "card" }, h("h1", {}, title), ...content);
}
