// Single keys, for those who never touch the mouse. They rest while something is being typed.

/** @type {Map<string, (event: KeyboardEvent) => void>} */
const actions = new Map();
const SETTING = "taskward.keys";

/** Speech input may utter single keys, so they can be switched off (WCAG 2.1.4). */
export function areOn() {
  return localStorage.getItem(SETTING) !== "off";
}

/** @param {boolean} on */
export function switchKeys(on) {
  if (on) localStorage.removeItem(SETTING);
  else localStorage.setItem(SETTING, "off");
}

/**
 * @param {string[]} keys
 * @param {(event: KeyboardEvent) => void} action
 * @param {AbortSignal} [until]
 */
export function onKeys(keys, action, until) {
  for (const key of keys) actions.set(key, action);
  until?.addEventListener("abort", () => {
    for (const key of keys) if (actions.get(key) === action) actions.delete(key);
  });
}

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key.length === 1 && !areOn()) return;
  actions.get(event.key)?.(event);
});

/** @param {EventTarget | null} target */
function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio"].includes(target.type);
  return target.isContentEditable;
}
