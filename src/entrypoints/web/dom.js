/**
 * Attributes of an element; ``on`` holds listeners. A value of false, null or undefined leaves the
 * attribute out, true sets it empty.
 * @typedef {Record<string, string | number | boolean | null | undefined
 *   | Record<string, (event: any) => void>>} Attributes
 */

/**
 * An element with attributes and children. Strings become text, never markup.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === "object") {
      for (const [type, listener] of Object.entries(value)) element.addEventListener(type, listener);
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/**
 * The element of the page's own markup that has this id.
 * @param {string} id
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`#${id} is missing in the page`);
  return element;
}

const PATHS = {
  check: "M4.5 10.5 8.5 14.5 15.5 6",
  pencil: "M4 16l.8-3.4L13.2 4.2a1.4 1.4 0 0 1 2 0l.6.6a1.4 1.4 0 0 1 0 2L7.4 15.2 4 16Z",
  bin: "M4.5 6h11M8 6V4.5h4V6M6 6l.7 9.5h6.6L14 6M8.7 9v4M11.3 9v4",
  tasks: "M8 5.5h8M8 10h8M8 14.5h8M4 5.5h.01M4 10h.01M4 14.5h.01",
  devices: "M3 5h10v7H3zM6 15h4M15 8h2.5v7H13v-1.5",
  shield: "M10 3l6 2.2v4.3c0 3.6-2.4 6.3-6 7.5-3.6-1.2-6-3.9-6-7.5V5.2L10 3Z",
  person: "M10 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM4 16.5c.7-2.8 3-4.2 6-4.2s5.3 1.4 6 4.2",
  close: "M6 6l8 8M14 6l-8 8",
};

/** @param {keyof typeof PATHS} name */
export function icon(name) {
  const svg = drawing("icon", "0 0 20 20", PATHS[name]);
  svg.setAttribute("aria-hidden", "true");
  return svg;
}

/**
 * @param {string} look
 * @param {string} viewBox
 * @param {string} d  what its path is
 */
export function drawing(look, viewBox, d) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  const path = document.createElementNS(namespace, "path");
  svg.setAttribute("viewBox", viewBox);
  svg.classList.add(look);
  path.setAttribute("d", d);
  svg.append(path);
  return svg;
}

/**
 * Put it into the browser's downloads.
 * @param {Blob} content
 * @param {string} name
 */
export function download(content, name) {
  const url = URL.createObjectURL(content);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
