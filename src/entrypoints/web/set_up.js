// What an authenticator app has to be told, and what is to be kept for the day the device is lost.

import { button } from "./dialog.js";
import { download, drawing, h } from "./dom.js";
import { CODE, CODE_REFUSALS, form } from "./form.js";
import { date } from "./time.js";
import { toast } from "./toast.js";

const QUIET_ZONE = 4;

/**
 * All there is to do until a first code of the app makes the second factor active.
 * @param {import("./types.js").PendingSecondFactor} pending
 * @param {(code: string) => Promise<void>} confirm
 * @param {HTMLElement} back
 */
export function setUp({ uri, secret, qrCode, recoveryCodes }, confirm, back) {
  return h(
    "ol",
    { class: "steps" },
    step(
      "Scan this with an authenticator app",
      picture(qrCode),
      h(
        "p",
        {},
        "Is the app on this device? ",
        h("a", { href: uri }, "Open it there"),
        ", or enter this key:",
      ),
      h("p", { class: "codes" }, inGroups(secret)),
    ),
    step("Keep your recovery codes", recoveryCodesToKeep(recoveryCodes)),
    step(
      "Enter the code that the app shows now",
      form({
        fields: [{ ...CODE, type: "digits", hint: "Six digits that change every 30 seconds." }],
        blame: CODE_REFUSALS,
        action: "Finish",
        submit: ({ code = "" }) => confirm(code),
        more: [back],
      }),
    ),
  );
}

/** @param {string[]} codes */
export function recoveryCodesToKeep(codes) {
  return h(
    "div",
    { class: "stack" },
    h("p", {}, "Each opens your account once in place of the app. They are not shown again: keep them somewhere else than on the device with the app."),
    h("ul", { class: "codes" }, ...codes.map((code) => h("li", {}, code))),
    h(
      "div",
      { class: "actions" },
      button("Copy", "button", () => copy(codes)),
      button("Save as a file", "button", () => save(codes)),
    ),
  );
}

/**
 * @param {string} title
 * @param {...Node} content
 */
function step(title, ...content) {
  return h("li", {}, h("p", { class: "row-title" }, title), ...content);
}

/**
 * Black on white whatever the theme, for cameras.
 * @param {string[]} rows
 */
function picture(rows) {
  const size = rows.length + 2 * QUIET_ZONE;
  const path = rows.flatMap((row, y) =>
    [...row.matchAll(/1+/g)].map(({ index, 0: { length } }) => `M${index} ${y}h${length}v1h-${length}z`),
  );
  const svg = drawing("qr-code", `-${QUIET_ZONE} -${QUIET_ZONE} ${size} ${size}`, path.join(""));
  svg.role = "img";
  svg.ariaLabel = "QR code with the key that stands below";
  return svg;
}

/** @param {string} secret */
function inGroups(secret) {
  return secret.replace(/.{4}(?=.)/g, "$& ");
}

/** @param {string[]} codes */
async function copy(codes) {
  try {
    await navigator.clipboard.writeText(codes.join("\n"));
    toast("The recovery codes are copied.");
  } catch {
    toast("Your browser does not let this page copy. Save them as a file.", { isError: true });
  }
}

/** @param {string[]} codes */
async function save(codes) {
  const made = `Recovery codes for Taskward at ${location.host}, made on ${date(new Date().toISOString())}.`;
  const text = `${made} Each works once.\n\n${codes.join("\n")}\n`;
  download(new Blob([text], { type: "text/plain" }), "taskward-recovery-codes.txt");
  toast("The codes are in your downloads, as taskward-recovery-codes.txt.");
}
