import { button, withPassword } from "./dialog.js";
import { download, h } from "./dom.js";
import { CODE, CODE_REFUSALS, form } from "./form.js";
import { loaded } from "./loaded.js";
import { leave } from "./session.js";
import { showName } from "./shell.js";
import { date } from "./time.js";
import { toast } from "./toast.js";
import { secondFactorPart } from "./view_second_factor.js";
import { checkNewPassword, nameFields } from "./view_sign_in.js";

/** @typedef {import("./api.js").Api} Api */

/**
 * @param {Api} api
 * @param {AbortSignal} until
 * @returns {HTMLElement}
 */
export function accountView(api, until) {
  const who = h("div");
  const name = h("input", { type: "email", name: "email", autocomplete: "username", hidden: true });
  const told = async () => {
    const answer = await api.profile();
    name.value = answer.email;
    return answer;
  };
  void loaded(who, told, (profile) => profilePart(api, profile), until);
  return h(
    "section",
    { class: "page" },
    h("h1", {}, "Account"),
    part("Profile", who),
    part("Password", passwordForm(api, name)),
    secondFactorPart(api, until),
    part(
      "Your data",
      h("p", {}, "One file with all that is stored about you: tasks, sessions and security events."),
      h("div", { class: "actions" }, button("Export my data", "button", () => saveExport(api))),
    ),
    part(
      "Delete account",
      h("p", {}, "Removes your account and every task in it, for good. Export your data first if you may want it."),
      h("div", { class: "actions" }, button("Delete my account", "button danger", () => remove(api))),
    ),
  );
}

/**
 * @param {string} title
 * @param {...Node} content
 */
function part(title, ...content) {
  return h("section", { class: "part" }, h("h2", {}, title), ...content);
}

/**
 * @param {Api} api
 * @param {import("./types.js").Profile} who
 */
function profilePart(api, who) {
  const names = form({
    fields: nameFields(who),
    action: "Save",
    async submit({ firstName = "", lastName = "" }) {
      const changed = await api.changeProfile({ firstName, lastName });
      showName(changed.firstName);
      toast("Your name is saved.");
    },
  });
  const facts = h(
    "dl",
    { class: "facts" },
    h("dt", {}, "Email"),
    h("dd", { dir: "auto" }, who.email),
    h("dt", {}, "Since"),
    h("dd", {}, date(who.creationDate)),
  );
  return h("div", { class: "stack" }, facts, names);
}

/**
 * @param {Api} api
 * @param {HTMLInputElement} name  unseen: password managers want to know whose password it is
 */
function passwordForm(api, name) {
  const element = form({
    fields: [
      {
        name: "currentPassword",
        label: "Current password",
        type: "password",
        autocomplete: "current-password",
      },
      {
        name: "newPassword",
        label: "New password",
        type: "password",
        autocomplete: "new-password",
        hint: "At least 8 characters. Everyone else who is logged in as you is logged out.",
        check: checkNewPassword,
      },
      { ...CODE, asks: "F01" },
    ],
    blame: { A04: "currentPassword", L05: "currentPassword", S04: "newPassword", ...CODE_REFUSALS },
    action: "Change password",
    async submit({ currentPassword = "", newPassword = "", code = "" }) {
      await api.changePassword({ currentPassword, code, newPassword, confirmPassword: newPassword });
      element.reset();
      toast("Your password is changed. All other sessions have ended.");
    },
  });
  element.prepend(name);
  return element;
}

/** @param {Api} api */
async function saveExport(api) {
  download(await api.exportAccount(), "taskward.json");
  toast("Your data is in your downloads, as taskward.json.");
}

/** @param {Api} api */
async function remove(api) {
  await withPassword({
    title: "Delete your account?",
    text: "All your tasks go with it. This cannot be undone.",
    action: "Delete for good",
    isDangerous: true,
    act: (proof) => api.deleteAccount(proof),
  });
  leave(api.userId, "Your account and everything in it are deleted.");
}
