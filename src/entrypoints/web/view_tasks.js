import { h, icon } from "./dom.js";
import { online } from "./connection.js";
import { onKeys } from "./keys.js";
import { loaded } from "./loaded.js";
import { TaskRow } from "./task_row.js";
import { TIME_TO_UNDO } from "./tasks.js";
import { toast, undoNewest } from "./toast.js";
import { keyOf } from "./user_storage.js";

/** @typedef {import("./tasks.js").Tasks} Tasks */
/** @typedef {import("./types.js").ShownTask} ShownTask */
/** @typedef {"open" | "done" | "all"} Filter */

const LONGEST_NAME = 500;

/** @type {Record<Filter, [string, string]>} */
const NOTHING = {
  open: ["All done", "Nothing is left to do. What comes up next goes into the field above."],
  done: ["Nothing done yet", "What you complete shows up here."],
  all: ["No tasks yet", "Write down your first in the field above."],
};
/** @type {[string, string]} */
const NO_MATCH = ["No task matches", "Press Escape in the search, or empty it, to see all again."];
/** @type {[string, string]} */
const UNKNOWN = ["Not here yet", "Your tasks will be here once the server can be reached."];
const REST_UNKNOWN = "Your other tasks will be here once the server can be reached.";

/** @type {Filter} */
let filter = "open";

/**
 * @param {Tasks} tasks
 * @param {AbortSignal} until
 * @returns {HTMLElement}
 */
export function tasksView(tasks, until) {
  /** @type {Map<string, TaskRow>} */
  const rows = new Map();
  const count = h("p", { class: "count", role: "status" });
  const list = h("ul", { class: "tasks" });
  const empty = h("div", { class: "empty" });
  const rest = h("p", { class: "lead", hidden: true }, REST_UNKNOWN);
  const place = h("div");
  const composer = h("input", {
    type: "text",
    class: "composer-input",
    "aria-label": "New task",
    placeholder: "What needs doing?",
    maxlength: LONGEST_NAME,
    autocomplete: "off",
    enterkeyhint: "done",
  });
  const search = h("input", {
    type: "search",
    class: "search",
    "aria-label": "Search tasks",
    placeholder: "Search",
    autocomplete: "off",
  });

  // Whoever is logged out while they type finds it again; whoever logs in after them does not.
  const draft = keyOf("draft", tasks.userId);
  composer.value = sessionStorage.getItem(draft) ?? "";
  composer.addEventListener("input", keepDraft);
  search.addEventListener("input", show);
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    search.value = "";
    show();
    rowsInOrder()[0]?.focus();
  });
  composer.addEventListener("keydown", (event) => {
    if (event.key === "Escape") composer.blur();
    if (event.key === "ArrowDown") rowsInOrder()[0]?.focus();
  });
  tasks.shown.listen(show, until);
  tasks.refused.listen(giveBack, until);
  online.listen(show, until);
  until.addEventListener("abort", leaveRows);
  addEventListener("pagehide", leaveRows, { signal: until });
  keys();
  void loaded(place, () => tasks.load(), () => h("div", {}, list, empty, rest), until).then(show);
  return h(
    "section",
    { class: "page" },
    h("div", { class: "heading" }, h("h1", {}, "Tasks"), count),
    h(
      "form",
      { class: "composer", on: { submit: add } },
      composer,
      h("button", { class: "button primary", type: "submit" }, "Add"),
    ),
    h("div", { class: "toolbar" }, filters(), search),
    place,
  );

  /** @param {SubmitEvent} event */
  function add(event) {
    event.preventDefault();
    const name = composer.value.trim();
    composer.focus();
    if (!name) return;
    tasks.add(name);
    composer.value = "";
    sessionStorage.removeItem(draft);
    if (filter === "done" || !matches(name)) widen();
  }

  function keepDraft() {
    sessionStorage.setItem(draft, composer.value);
  }

  /** A name that is being typed is kept. */
  function leaveRows() {
    rows.forEach((row) => row.leave());
  }

  /** What was just added must be seen. */
  function widen() {
    search.value = "";
    if (filter === "done") choose("open");
    else show();
  }

  function show() {
    const all = tasks.shown.value;
    if (!all) return;
    const open = all.filter(({ isCompleted }) => !isCompleted).length;
    count.textContent = tasks.isKnown ? `${open} open` : "";
    const wanted = all.filter((task) => isWanted(task) || rows.get(task.key)?.isRenamed);
    const lost = focusedPlace();
    reconcile(wanted);
    if (lost !== null) refocus(lost);
    if (!rows.size) say(nothing(all.length));
    empty.hidden = rows.size > 0;
    list.hidden = rows.size === 0;
    rest.hidden = tasks.isKnown || rows.size === 0;
  }

  /** @param {ShownTask[]} wanted */
  function reconcile(wanted) {
    const keep = new Set(wanted.map(({ key }) => key));
    for (const [key, row] of rows) {
      if (keep.has(key) || row.isRenamed) continue;
      row.element.remove();
      rows.delete(key);
    }
    wanted.forEach((task, place) => {
      let row = rows.get(task.key);
      if (!row) {
        row = new TaskRow(task, { complete, rename, remove });
        rows.set(task.key, row);
      }
      row.show(task, !online.value || tasks.isDelayed);
      if (list.children[place] !== row.element) list.insertBefore(row.element, list.children[place] ?? null);
    });
  }

  function rowsInOrder() {
    return [...list.children].flatMap((element) =>
      [...rows.values()].filter((row) => row.element === element),
    );
  }

  /** Where the focus is in the list, or null. */
  function focusedPlace() {
    const place = [...list.children].findIndex((item) => item.contains(document.activeElement));
    return place < 0 ? null : place;
  }

  /**
   * When the row with the focus is gone, the one that took its place gets it.
   * @param {number} place
   */
  function refocus(place) {
    if (list.contains(document.activeElement)) return;
    const inOrder = rowsInOrder();
    const next = inOrder[Math.min(place, inOrder.length - 1)];
    if (next) next.focus();
    else composer.focus();
  }

  /** @param {ShownTask} task */
  function isWanted({ isCompleted, name }) {
    return (filter === "all" || isCompleted === (filter === "done")) && matches(name);
  }

  /** @param {string} name */
  function matches(name) {
    return plain(name).includes(plain(search.value.trim()));
  }

  /** @param {number} total */
  function nothing(total) {
    if (!tasks.isKnown) return UNKNOWN;
    if (search.value.trim()) return NO_MATCH;
    return NOTHING[total === 0 ? "all" : filter];
  }

  /** @param {[string, string]} words  instead of a list */
  function say([title, sentence]) {
    empty.replaceChildren(
      icon("check"),
      h("p", { class: "empty-title" }, title),
      h("p", {}, sentence),
    );
  }

  /**
   * @param {ShownTask} task
   * @param {boolean} isCompleted
   */
  function complete({ key, name }, isCompleted) {
    tasks.change(key, { isCompleted });
    if (isCompleted && filter === "open") {
      const undo = () => tasks.change(key, { isCompleted: false });
      toast(`Done: ${brief(name)}`, { undo });
    }
  }

  /**
   * @param {ShownTask} task
   * @param {string} name
   */
  function rename({ key, name: before }, name) {
    if (name === before) show();
    else tasks.change(key, { name });
  }

  /** @param {ShownTask} task */
  function remove({ key, name }) {
    const undo = tasks.delete(key);
    toast(`Deleted: ${brief(name)}`, {
      time: TIME_TO_UNDO,
      undo() {
        if (undo()) rows.get(key)?.focus();
        else toast("It was too late to undo that.", { isError: true });
      },
    });
  }

  /** @param {{sentence: string, name?: string} | null} refused */
  function giveBack(refused) {
    if (!refused) return;
    if (refused.name && !composer.value) {
      composer.value = refused.name;
      keepDraft();
    }
    const what = refused.name ? ` “${brief(refused.name)}” was not saved.` : "";
    toast(`${refused.sentence}${what}`, { isError: true, time: 0 });
  }

  function filters() {
    const options = /** @type {[Filter, string][]} */ ([
      ["open", "Open"],
      ["done", "Done"],
      ["all", "All"],
    ]);
    return h(
      "fieldset",
      { class: "segments" },
      h("legend", { class: "unseen" }, "Show"),
      ...options.flatMap(([value, text]) => [
        h("input", {
          type: "radio",
          name: "filter",
          id: `filter-${value}`,
          value,
          checked: value === filter,
          on: { change: () => choose(value) },
        }),
        h("label", { for: `filter-${value}` }, text),
      ]),
    );
  }

  /** @param {Filter} value */
  function choose(value) {
    filter = value;
    const input = document.getElementById(`filter-${value}`);
    if (input instanceof HTMLInputElement) input.checked = true;
    show();
  }

  /** @param {number} step */
  function move(step) {
    const inOrder = rowsInOrder();
    const place = focusedPlace() ?? (step > 0 ? -1 : inOrder.length);
    inOrder[Math.max(0, Math.min(place + step, inOrder.length - 1))]?.focus();
  }

  function keys() {
    onKeys(["n"], into(composer), until);
    onKeys(["/"], into(search), until);
    onKeys(["j", "ArrowDown"], calmly(() => move(1)), until);
    onKeys(["k", "ArrowUp"], calmly(() => move(-1)), until);
    onKeys(["x"], calmly(() => focused()?.toggle()), until);
    onKeys(["e"], calmly(() => focused()?.edit()), until);
    onKeys(["Delete", "Backspace"], calmly(() => focused()?.remove()), until);
    onKeys(["u"], calmly(undoNewest), until);
    onKeys(["1"], calmly(() => choose("open")), until);
    onKeys(["2"], calmly(() => choose("done")), until);
    onKeys(["3"], calmly(() => choose("all")), until);
  }

  function focused() {
    const place = focusedPlace();
    return place === null ? undefined : rowsInOrder()[place];
  }
}

/** @param {HTMLInputElement} input */
function into(input) {
  return calmly(() => {
    input.focus();
    input.select();
  });
}

/** @param {() => unknown} action */
function calmly(action) {
  /** @param {KeyboardEvent} event */
  return (event) => {
    const { target } = event;
    const isChoice = target instanceof HTMLInputElement && target.type === "radio";
    if (isChoice && event.key.startsWith("Arrow")) return;
    event.preventDefault();
    action();
  };
}

/** @param {string} text  as two spellings of it are compared */
function plain(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** @param {string} name */
function brief(name) {
  const characters = [...name];
  return characters.length > 60 ? `${characters.slice(0, 59).join("")}…` : name;
}
