import { advice } from "./advice.js";
import { h } from "./dom.js";
import { Refusal } from "./http.js";

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} label
 * @property {"text" | "email" | "password" | "digits" | "code"} type
 * @property {string} autocomplete
 * @property {string} [hint]
 * @property {string} [value]
 * @property {string} [asks]  the refusal that asks for it: till one is about it, it is hidden
 * @property {(value: string, all: Record<string, string>) => string} [check]  what is wrong, or ""
 */

/**
 * @typedef {object} FormOptions
 * @property {Field[]} fields
 * @property {string} action  what the button says
 * @property {boolean} [isDangerous]
 * @property {Record<string, string>} [blame]  which field an error code of the API is about
 * @property {(values: Record<string, string>) => Promise<void>} submit
 * @property {Node[]} [more]  beside the button
 */

const PATIENCE = 1_000;

/** @type {Field} */
export const CODE = {
  name: "code",
  label: "Code",
  type: "code",
  autocomplete: "one-time-code",
  hint: "The six digits that your authenticator app shows now, or one of your recovery codes.",
};

/** What is refused for want of a code, or for the one that was given. */
export const CODE_REFUSALS = { F01: "code", F02: "code", F03: "code", F07: "code" };

let count = 0;

/**
 * A form that says beside each field what is wrong with it, and keeps what was typed.
 * @param {FormOptions} options
 */
export function form({ fields, action, isDangerous, blame = {}, submit, more = [] }) {
  const controls = new Map(fields.map((field) => [field.name, control(field)]));
  const problem = h("p", { class: "problem", role: "alert" });
  const progress = h("p", { class: "hint progress", role: "status" });
  const kind = isDangerous ? "button danger" : "button primary";
  const button = h("button", { class: kind, type: "submit" }, action);
  const element = h(
    "form",
    { class: "form", novalidate: true, on: { submit: onSubmit } },
    ...[...controls.values()].map(({ row }) => row),
    problem,
    progress,
    h("div", { class: "actions" }, button, ...more),
  );
  return element;

  /** @param {SubmitEvent} event */
  async function onSubmit(event) {
    event.preventDefault();
    if (element.ariaBusy === "true") return;
    const values = Object.fromEntries([...controls].map(([name, { input }]) => [name, input.value]));
    problem.textContent = "";
    if (!isFine(values)) return;
    element.ariaBusy = "true";
    const timer = setTimeout(() => (progress.textContent = "Still working on it …"), PATIENCE);
    try {
      await submit(values);
    } catch (error) {
      complain(error);
    } finally {
      clearTimeout(timer);
      progress.textContent = "";
      element.ariaBusy = "false";
    }
  }

  /** @param {Record<string, string>} values */
  function isFine(values) {
    let first = null;
    for (const field of fields) {
      const value = values[field.name] ?? "";
      const missing = value.trim() || field.asks ? "" : `Enter ${article(field.label)}.`;
      const sentence = missing || field.check?.(value, values) || "";
      const its = controls.get(field.name);
      its?.complain(sentence);
      if (sentence) first ??= its;
    }
    first?.input.focus();
    return first === null;
  }

  /** @param {unknown} error */
  function complain(error) {
    const sentence = advice(error);
    const code = error instanceof Refusal ? error.code : "";
    const blamed = controls.get(blame[code] ?? "");
    if (blamed) {
      // One that was not asked for is no mistake.
      const isAskedFor = blamed.row.hidden && code === blamed.asks;
      blamed.row.hidden = false;
      blamed.complain(isAskedFor ? "" : sentence);
      blamed.input.focus();
    } else {
      problem.textContent = sentence;
      button.focus();
    }
  }
}

/** @param {string} label */
function article(label) {
  return label.startsWith("Your ") || label.startsWith("The ")
    ? label[0]?.toLowerCase() + label.slice(1)
    : `your ${label[0]?.toLowerCase()}${label.slice(1)}`;
}

/** @param {Field} field */
function control({ name, label, type, autocomplete, hint, value, asks }) {
  count += 1;
  const id = `field-${count}`;
  const described = [hint && `${id}-hint`, `${id}-error`].filter(Boolean).join(" ");
  const isPlain = type !== "text";
  const isCode = type === "digits" || type === "code";
  const input = h("input", {
    id,
    name,
    type: isCode ? "text" : type,
    inputmode: isCode && "numeric",
    autocomplete,
    value,
    required: !asks,
    "aria-describedby": described,
    autocapitalize: isPlain && "none",
    spellcheck: isPlain && "false",
  });
  const error = h("p", { class: "field-error", id: `${id}-error` });
  const row = h(
    "div",
    { class: "field", hidden: Boolean(asks) },
    h("label", { for: id }, label),
    beside(input, type, label),
    hint && h("p", { class: "hint", id: `${id}-hint` }, hint),
    error,
  );
  return {
    row,
    input,
    asks,
    /** @param {string} sentence */
    complain(sentence) {
      error.textContent = sentence;
      if (sentence) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    },
  };
}

/**
 * @param {HTMLInputElement} input
 * @param {Field["type"]} type
 * @param {string} label
 */
function beside(input, type, label) {
  if (type === "password") return h("div", { class: "with-button" }, input, reveal(input, label));
  if (type === "code") return h("div", { class: "with-button" }, input, letters(input));
  return input;
}

/**
 * The keys for digits that a phone shows have no letters, which recovery codes are made of.
 * @param {HTMLInputElement} input
 */
function letters(input) {
  const button = h("button", { class: "within for-touch", type: "button" }, "ABC");
  button.ariaLabel = "ABC, to type a recovery code";
  button.addEventListener("click", () => {
    input.inputMode = "text";
    button.hidden = true;
    input.focus();
  });
  return button;
}

/**
 * @param {HTMLInputElement} input
 * @param {string} label
 */
function reveal(input, label) {
  const button = h("button", { class: "within", type: "button", "aria-pressed": "false" }, "Show");
  button.ariaLabel = `Show ${label.toLowerCase()}`;
  button.addEventListener("click", () => {
    const isShown = input.type === "text";
    input.type = isShown ? "password" : "text";
    button.ariaPressed = String(!isShown);
    button.textContent = isShown ? "Show" : "Hide";
  });
  return button;
}
