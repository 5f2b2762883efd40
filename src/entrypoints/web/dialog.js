import { advice } from "./advice.js";
import { h } from "./dom.js";
import { CODE, CODE_REFUSALS, form } from "./form.js";
import { Refusal } from "./http.js";
import { SignedOut } from "./session.js";
import { toast } from "./toast.js";

let count = 0;

/** The person has closed a dialog without doing what it asked for. */
export class Cancelled extends Error {}

/**
 * Show it; the promise settles when it is closed.
 * @param {string} title
 * @param {...(Node | string)} content
 */
export function dialog(title, ...content) {
  count += 1;
  const id = `dialog-${count}`;
  const element = h(
    "dialog",
    { "aria-labelledby": id },
    h("h2", { id }, title),
    ...content,
  );
  const closed = /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      element.addEventListener("close", () => {
        element.remove();
        resolve();
      });
    })
  );
  document.body.append(element);
  element.showModal();
  return { close: () => element.close(), closed };
}

/**
 * Ask for the password, and for a code once the server wants one, and act with them. Gives what
 * the act does. Raises Cancelled.
 * @template T
 * @param {object} options
 * @param {string} options.title
 * @param {string} options.text
 * @param {string} options.action
 * @param {boolean} [options.isDangerous]
 * @param {(proof: import("./types.js").Proof) => Promise<T>} options.act
 * @returns {Promise<T>}
 */
export function withPassword({ title, text, action, isDangerous = false, act }) {
  return new Promise((resolve, reject) => {
    /** @type {Promise<T> | undefined} */
    let acting;
    const cancel = h("button", { class: "button", type: "button" }, "Cancel");
    const asking = form({
      fields: [
        { name: "password", label: "Password", type: "password", autocomplete: "current-password" },
        { ...CODE, asks: "F01" },
      ],
      action,
      isDangerous,
      blame: { A04: "password", L05: "password", ...CODE_REFUSALS },
      more: [cancel],
      async submit({ password = "", code = "" }) {
        acting = act({ password, code });
        resolve(await acting);
        shown.close();
      },
    });
    const shown = dialog(title, h("p", {}, text), asking);
    cancel.addEventListener("click", shown.close);
    // What has been sent can't be called off any more: it may well be done.
    const over = shown.closed.then(() => acting).catch(() => undefined);
    void over.then(() => reject(new Cancelled()));
  });
}

/**
 * What its action fails with is told in a message.
 * @param {string} text
 * @param {string} look
 * @param {() => Promise<void>} action
 */
export function button(text, look, action) {
  const element = h("button", { class: look, type: "button" }, text);
  element.addEventListener("click", async () => {
    try {
      await action();
    } catch (error) {
      tellWhy(error);
    }
  });
  return element;
}

/**
 * Why their action failed, to somebody who did not call it off, and has not gone meanwhile.
 * @param {unknown} error
 */
export function tellWhy(error) {
  if (error instanceof Cancelled || error instanceof SignedOut) return;
  toast(advice(error), { isError: true, time: 0 });
}

/**
 * Do it; where the server wants the password first, ask for that, then do it. Raises Cancelled.
 * @param {import("./api.js").Api} api
 * @param {() => Promise<unknown>} act
 */
export async function afterPassword(api, act) {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Refusal && error.code === "A03")) throw error;
    await withPassword({
      title: "Is it you?",
      text: "You signed in a while ago. Enter your password to go on.",
      action: "Continue",
      act: (proof) => api.reauthenticate(proof),
    });
    await act();
  }
}
