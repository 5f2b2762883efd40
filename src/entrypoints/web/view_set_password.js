import { h } from "./dom.js";
import { form } from "./form.js";
import { send } from "./http.js";
import { forgetSecret, heldSecret } from "./password_link.js";
import { card, checkNewPassword } from "./view_sign_in.js";

/**
 * @param {() => Promise<void>} done  called when the password is set
 * @returns {HTMLElement}
 */
export function setPasswordView(done) {
  const title = "Set a new password";
  if (!heldSecret()) {
    return card(
      title,
      h("p", { class: "note" }, "Open the link that you were given once more: this page does not keep it."),
      h("p", { class: "aside" }, "Nothing to set? ", h("a", { href: "#/login" }, "Log in")),
    );
  }
  return card(
    title,
    h("p", { class: "lead" }, "Then log in with it. Everywhere else you are logged out."),
    form({
      fields: [
        {
          name: "password",
          label: "New password",
          type: "password",
          autocomplete: "new-password",
          hint: "At least 8 characters. A few unrelated words are good.",
          check: checkNewPassword,
        },
      ],
      blame: { S04: "password" },
      action: "Set password",
      async submit({ password = "" }) {
        const body = { token: heldSecret(), password, confirmPassword: password };
        await send({ method: "POST", path: "/api/users/reset_password", body });
        forgetSecret();
        await done();
      },
    }),
  );
}
