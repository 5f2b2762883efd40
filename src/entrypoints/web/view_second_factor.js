import { button, withPassword } from "./dialog.js";
import { h } from "./dom.js";
import { Refusal } from "./http.js";
import { loaded } from "./loaded.js";
import { beginSecondFactor } from "./session.js";
import { recoveryCodesToKeep, setUp } from "./set_up.js";
import { date } from "./time.js";
import { toast } from "./toast.js";

const FEW = 3;

/** @typedef {import("./api.js").Api} Api */

/**
 * The part of the account that is about it.
 * @param {Api} api
 * @param {AbortSignal} until
 * @returns {HTMLElement}
 */
export function secondFactorPart(api, until) {
  const heading = h("h2", { tabindex: -1 }, "Second factor");
  const place = h("div", { class: "second-factor" });
  const tell = () => loaded(place, () => api.secondFactor(), status, until);
  void tell();
  return h("section", { class: "part" }, heading, place);

  /** @param {import("./types.js").SecondFactor} told */
  function status({ addedAt, isRequired, recoveryCodesLeft }) {
    return addedAt ? present(addedAt, isRequired, recoveryCodesLeft) : absent();
  }

  function absent() {
    return h(
      "div",
      { class: "stack" },
      h("p", {}, "With one, logging in also takes a code that an app on your phone shows. Someone who only knows your password cannot get in."),
      h("div", { class: "actions" }, button("Set up", "button", add)),
    );
  }

  /**
   * @param {string} addedAt
   * @param {boolean} isRequired
   * @param {number} recoveryCodesLeft
   */
  function present(addedAt, isRequired, recoveryCodesLeft) {
    return h(
      "div",
      { class: "stack" },
      h(
        "dl",
        { class: "facts" },
        h("dt", {}, "On since"),
        h("dd", {}, date(addedAt)),
        h("dt", {}, "Recovery codes left"),
        h("dd", {}, String(recoveryCodesLeft)),
      ),
      h("p", { class: "hint" }, "Lost the device? Remove this with a recovery code as the code, and set up another."),
      recoveryCodesLeft <= FEW && h("p", { class: "note" }, "Without recovery codes, losing your device locks you out. Make new ones."),
      h(
        "div",
        { class: "actions" },
        button("New recovery codes", "button", renew),
        button("Remove", "button danger", () => remove(isRequired)),
      ),
    );
  }

  async function add() {
    const pending = await withPassword({
      title: "Set up a second factor?",
      text: "You need an authenticator app, such as Aegis, Google Authenticator or the one of your password manager. Enter your password to begin.",
      action: "Continue",
      act: ({ password }) => begin(api, password),
    });
    turnTo(setUp(pending, confirm, button("Cancel", "button", goBack)));
  }

  /** @param {string} code */
  async function confirm(code) {
    await api.confirmSecondFactor(code);
    toast("The second factor is set up. All other sessions have ended.");
    await goBack();
  }

  async function renew() {
    const { recoveryCodes } = await withPassword({
      title: "Make new recovery codes?",
      text: "Those that you have now will not work any more.",
      action: "Make new ones",
      act: (proof) => api.renewRecoveryCodes(proof),
    });
    turnTo(
      h("div", { class: "stack" }, recoveryCodesToKeep(recoveryCodes), button("Done", "button primary", goBack)),
    );
  }

  /** @param {boolean} isRequired */
  async function remove(isRequired) {
    await withPassword({
      title: "Remove the second factor?",
      text: isRequired
        ? "This server asks for one: you will set up another at your next login."
        : "Your password alone will open your account again.",
      action: "Remove it",
      isDangerous: true,
      act: (proof) => api.removeSecondFactor(proof),
    });
    toast("The second factor is removed. All other sessions have ended.");
    await goBack();
  }

  /** @param {HTMLElement} content */
  function turnTo(content) {
    place.replaceChildren(content);
    heading.focus();
    heading.scrollIntoView();
  }

  async function goBack() {
    await tell();
    heading.focus();
  }
}

/**
 * @param {Api} api
 * @param {string} password
 */
async function begin(api, password) {
  const { email } = await api.profile();
  try {
    return await beginSecondFactor(email, password);
  } catch (error) {
    if (!(error instanceof Refusal && error.code === "L02")) throw error;
    // Somebody who is signed in has given only the password.
    throw new Refusal(error.status, "A04", error.message, error.retryAfter);
  }
}
