// Whether the server can be reached: told by every request, and probed while it can't.

import { Signal } from "./signal.js";

const PROBE_TIMEOUT = 5_000;
const LONGEST_WAIT = 15_000;

export const online = new Signal(true);

let wait = 1_000;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

export function reached() {
  clearTimeout(timer);
  wait = 1_000;
  if (!online.value) online.set(true);
}

export function missed() {
  clearTimeout(timer);
  timer = setTimeout(probe, wait);
  wait = Math.min(wait * 2, LONGEST_WAIT);
  if (online.value) online.set(false);
}

async function probe() {
  try {
    await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(PROBE_TIMEOUT) });
    reached();
  } catch {
    missed();
  }
}

// The browser's word is a hint only: a server on this very machine needs no network.
addEventListener("online", probe);
addEventListener("offline", probe);
