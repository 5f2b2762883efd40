import { h } from "./dom.js";

// The page speaks English: dates as those who read it in English write them.
const locale = navigator.languages.find((language) => language.startsWith("en")) ?? "en-GB";
const ago = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const exact = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const day = new Intl.DateTimeFormat(locale, { dateStyle: "long" });

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** @param {string} instant  as the API tells it */
export function moment(instant) {
  const time = new Date(instant);
  const seconds = (time.getTime() - Date.now()) / 1000;
  return h("time", { datetime: instant, title: exact.format(time) }, words(seconds, time));
}

/**
 * @param {number} seconds
 * @param {Date} time
 */
function words(seconds, time) {
  if (seconds < -6 * 86_400) return exact.format(time);
  for (const [unit, size] of UNITS) {
    if (-seconds >= size) return ago.format(Math.round(seconds / size), unit);
  }
  return "just now";
}

/** @param {string} instant */
export function date(instant) {
  return h("time", { datetime: instant }, day.format(new Date(instant)));
}

/**
 * @param {number} milliseconds
 * @returns {Promise<undefined>}
 */
export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds, undefined));
}
