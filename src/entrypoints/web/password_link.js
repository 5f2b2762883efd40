// The secret of a link to set a new password. It comes behind the #, which no server sees, and is
// taken out of the address at once: neither the history nor somebody looking on shall keep it.

const PLACE = "set-password";
const LINK = new RegExp(`^#/${PLACE}/([\\w-]+)$`);

let secret = "";

/** Take it from the address, if it is there. */
export function takeSecret() {
  const found = LINK.exec(location.hash)?.[1];
  if (!found) return;
  secret = found;
  history.replaceState(null, "", `#/${PLACE}`);
}

/** Empty where there is none, as after a reload. */
export function heldSecret() {
  return secret;
}

export function forgetSecret() {
  secret = "";
}
