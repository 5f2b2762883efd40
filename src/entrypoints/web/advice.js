// What went wrong, and what to do about it, for the person in front of the page.

import { Offline, Refusal } from "./http.js";
import { SignedOut } from "./session.js";

/** @type {Record<string, string>} */
const BY_CODE = {
  L01: "Fill in every field, then try again.",
  L02: "This email and password do not belong together. Check both.",
  S02: "There is an account with this email already. Log in instead, or use another address.",
  S03: "The two passwords differ. Type the same one twice.",
  A04: "That is not your password. Check Caps Lock, then type it again.",
  A05: "This page was opened at another address than the server expects. Open Taskward at its own address; its operator sets it as TASKWARD_PUBLIC_ORIGIN.",
  A06: "Signing in needs https, so that nobody on the way can read along. Open this page with https://, or on the machine that Taskward runs on.",
  P01: "This link sets no password any more: it works once, and for a limited time. Ask whoever runs this server for another.",
  T01: "This task has been deleted in the meantime. If you still need it, add it again.",
  N01: "This session has ended already. Nothing is left to do.",
};

/** @param {unknown} error */
export function advice(error) {
  if (error instanceof Offline) {
    return "The server cannot be reached. Check your connection, then try again.";
  }
  if (error instanceof SignedOut) return "Your session has ended. Log in again.";
  if (!(error instanceof Refusal)) return "Something went wrong in this page. Reload it, then try again.";
  const known = BY_CODE[error.code];
  if (known) return known;
  if (error.status === 429) return `${error.message} ${wait(error.retryAfter)}`;
  if (error.code === "busy") return `Too many people are signing in at the moment. ${wait(error.retryAfter)}`;
  if (error.status >= 500) return `The server is in trouble at the moment. ${wait(error.retryAfter)}`;
  return error.message;
}

/** @param {number} seconds */
function wait(seconds) {
  if (seconds <= 0) return "Try again in a minute.";
  if (seconds < 90) return `Try again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`;
  return `Try again in ${Math.ceil(seconds / 60)} minutes.`;
}
