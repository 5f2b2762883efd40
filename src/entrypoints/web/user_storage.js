// What this browser keeps of a person, under keys with their number: it waits for them while
// somebody else is signed in, and goes with nobody but them.

/**
 * @param {"outbox" | "draft"} what
 * @param {number} userId
 */
export function keyOf(what, userId) {
  return `taskward.${what}.${userId}`;
}

/**
 * What is in this tab's session storage, and in the local storage of all.
 * @param {number} userId
 */
export function removeAllOf(userId) {
  for (const storage of [localStorage, sessionStorage]) {
    for (const key of Object.keys(storage)) {
      const [application, , owner] = key.split(".");
      if (application === "taskward" && owner === String(userId)) storage.removeItem(key);
    }
  }
}
