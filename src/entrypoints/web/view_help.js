import { dialog } from "./dialog.js";
import { h } from "./dom.js";
import { areOn, switchKeys } from "./keys.js";

/** @type {[string[], string][]} */
const KEYS = [
  [["n"], "Add a task"],
  [["j", "↓"], "Next task"],
  [["k", "↑"], "Previous task"],
  [["x", "Space"], "Complete, or open again"],
  [["e"], "Rename"],
  [["Delete"], "Delete"],
  [["u"], "Undo"],
  [["1", "2", "3"], "Show open, done, all"],
  [["/"], "Search"],
  [["?"], "This help"],
];

export function showHelp() {
  const on = h("input", { type: "checkbox", id: "keys-on", checked: areOn() });
  on.addEventListener("change", () => switchKeys(on.checked));
  const close = h("button", { class: "button", type: "button", autofocus: true }, "Close");
  const shown = dialog(
    "Keyboard",
    h(
      "dl",
      { class: "keys" },
      ...KEYS.flatMap(([keys, what]) => [
        h("dt", {}, ...keys.map((key) => h("kbd", {}, key))),
        h("dd", {}, what),
      ]),
    ),
    h("div", { class: "choice" }, on, h("label", { for: "keys-on" }, "Single letters act as shortcuts")),
    h("div", { class: "actions" }, close),
  );
  close.addEventListener("click", shown.close);
}
