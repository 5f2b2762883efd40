// The part of the address behind the #, so that the server has one page only.

/** @param {string[]} known  the first is where everything else leads to */
export function route(known) {
  const name = location.hash.replace(/^#\/?/, "");
  return known.includes(name) ? name : (known[0] ?? "");
}

/** @param {string[]} known */
export function isRoute(known) {
  return known.includes(location.hash.replace(/^#\/?/, ""));
}

/**
 * Show a place anew, even to who is there already.
 * @param {string} name
 */
export function lead(name) {
  history.replaceState(null, "", `#/${name}`);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

/** @param {() => void} listener */
export function onRoute(listener) {
  addEventListener("hashchange", listener);
}
