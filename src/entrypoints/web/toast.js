// Short messages at the bottom of the page, some with a way back.

import { byId, h, icon } from "./dom.js";

/**
 * @typedef {object} Options
 * @property {number} [time]  milliseconds it stays; 0 until it is closed
 * @property {boolean} [isError]
 * @property {() => void} [undo]
 */

/** @type {{undo?: () => void, close: () => void}[]} */
const open = [];

/**
 * @param {string} sentence
 * @param {Options} [options]
 */
export function toast(sentence, { time = 5_000, isError = false, undo } = {}) {
  const element = h("div", { class: isError ? "toast error" : "toast" }, h("p", { dir: "auto" }, sentence));
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const entry = { close, ...(undo && { undo: takeBack }) };
  if (undo) element.append(h("button", { type: "button", on: { click: takeBack } }, "Undo"));
  const label = `Dismiss: ${sentence}`;
  element.append(h("button", { type: "button", class: "bare", "aria-label": label, on: { click: close } }, icon("close")));
  byId(isError ? "alerts" : "notices").append(element);
  open.push(entry);
  // Whoever is reaching for it gets the time they need.
  element.addEventListener("pointerenter", stay);
  element.addEventListener("focusin", stay);
  element.addEventListener("pointerleave", go);
  element.addEventListener("focusout", go);
  go();
  return close;

  function stay() {
    clearTimeout(timer);
  }

  function go() {
    clearTimeout(timer);
    if (time) timer = setTimeout(close, time);
  }

  function close() {
    clearTimeout(timer);
    element.remove();
    const place = open.indexOf(entry);
    if (place >= 0) open.splice(place, 1);
  }

  function takeBack() {
    close();
    undo?.();
  }
}

/** Take back what the newest message offers to, and tell whether there was one. */
export function undoNewest() {
  const newest = open.findLast(({ undo }) => undo);
  newest?.undo?.();
  return newest !== undefined;
}

export function clearToasts() {
  for (const { close } of [...open]) close();
}
