// Brings the page up when the network is gone: the page itself and its files. What the API answers
// never passes through here, so nothing of a person is kept.

const PAGE = "/";
const FILES = /\/assets\/(\w+)\/[\w.]+/g;
const CACHES = "taskward-page-";
const PATIENCE = 5_000;

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

worker.addEventListener("install", (event) => {
  event.waitUntil(fetch(PAGE).then(keep));
  void worker.skipWaiting();
});

worker.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (origin !== location.origin) return;
  if (event.request.mode === "navigate" && pathname === PAGE) event.respondWith(page(event));
  if (pathname.startsWith("/assets/")) event.respondWith(file(event.request));
});

/**
 * As the server has it now; where it gives none, as it was the last time.
 * @param {FetchEvent} event
 */
async function page(event) {
  const kept = await caches.match(PAGE);
  try {
    const answer = await fetch(event.request, { signal: AbortSignal.timeout(PATIENCE) });
    if (answer.ok) event.waitUntil(keep(answer.clone()));
    return kept && answer.status >= 500 ? kept : answer;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

/**
 * The address of a file has its version in it, so a kept one is never an old one.
 * @param {Request} request
 */
async function file(request) {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

/**
 * Keep the page with all of its files, in the place of another version.
 * @param {Response} answer
 */
async function keep(answer) {
  const files = [...(await answer.clone().text()).matchAll(FILES)];
  const version = files[0]?.[1];
  if (!version) return leave();
  const name = CACHES + version;
  const cache = await caches.open(name);
  if (!(await cache.match(PAGE))) await cache.addAll(new Set(files.map(([path]) => path)));
  // The last one: where the page is, all of its files are.
  await cache.put(PAGE, answer);
  await forgetAllBut(name);
}

/** Something else than Taskward is served here by now. */
async function leave() {
  await forgetAllBut("");
  await worker.registration.unregister();
}

/** @param {string} name */
async function forgetAllBut(name) {
  for (const other of await caches.keys()) {
    if (other.startsWith(CACHES) && other !== name) await caches.delete(other);
  }
}
