// A reload without the network shows the page: a service worker keeps it. It stays after a logout,
// for it holds nothing of anybody.

const WORKER = "/service-worker.js";

/** @typedef {{createScriptURL: (url: string) => string}} Policy */
/** @typedef {{createPolicy: (name: string, policy: Policy) => Policy}} TrustedTypes */

const { trustedTypes } = /** @type {{trustedTypes?: TrustedTypes}} */ (globalThis);
const policy = trustedTypes?.createPolicy("service-worker", { createScriptURL: () => WORKER });

/** It is a comfort: where browsers have no such thing, as on plain http, all else works. */
export async function keepPage() {
  const url = policy?.createScriptURL(WORKER) ?? WORKER;
  await navigator.serviceWorker?.register(url).catch(() => undefined);
}
