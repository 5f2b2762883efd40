import { h, icon } from "./dom.js";

/** @typedef {import("./types.js").ShownTask} ShownTask */

/**
 * What a row asks for.
 * @typedef {object} Actions
 * @property {(task: ShownTask, isCompleted: boolean) => void} complete
 * @property {(task: ShownTask, name: string) => void} rename  also when it was left as it is
 * @property {(task: ShownTask) => void} remove
 */

const LONGEST_NAME = 500;
let count = 0;

/** One task in the list. */
export class TaskRow {
  #task;
  #actions;
  #box;
  #name;
  #waiting;
  #edit;
  #remove;
  /** Whether somebody types a new name: such a row is not to be taken away. */
  isRenamed = false;
  /** Ends a renaming, if there is one. */
  leave = () => {};

  /**
   * @param {ShownTask} task
   * @param {Actions} actions
   */
  constructor(task, actions) {
    count += 1;
    this.#task = task;
    this.#actions = actions;
    const id = `task-${count}`;
    this.#box = h("input", { type: "checkbox", class: "tick", "aria-labelledby": id });
    this.#name = h("span", { class: "name", id, dir: "auto" });
    this.#waiting = h("span", { class: "waiting" }, "Waiting to be sent");
    this.#edit = h("button", { type: "button", class: "bare" }, icon("pencil"));
    this.#remove = h("button", { type: "button", class: "bare" }, icon("bin"));
    this.#box.addEventListener("change", () => actions.complete(this.#task, this.#box.checked));
    this.#name.addEventListener("dblclick", () => this.edit());
    this.#edit.addEventListener("click", () => this.edit());
    this.#remove.addEventListener("click", () => this.remove());
    this.element = h(
      "li",
      { class: "task" },
      h("span", { class: "tick-place" }, this.#box, icon("check")),
      h("span", { class: "task-text" }, this.#name, this.#waiting),
      this.#edit,
      this.#remove,
    );
  }

  /**
   * @param {ShownTask} task
   * @param {boolean} isSlow  whether what waits to be sent will wait for longer than a moment
   */
  show(task, isSlow) {
    this.#task = task;
    this.#box.checked = task.isCompleted;
    this.#waiting.hidden = !(task.isWaiting && isSlow);
    this.element.classList.toggle("done", task.isCompleted);
    if (this.#name.textContent === task.name) return;
    this.#name.textContent = task.name;
    this.#edit.ariaLabel = `Rename ${task.name}`;
    this.#remove.ariaLabel = `Delete ${task.name}`;
  }

  focus() {
    this.#box.focus();
  }

  toggle() {
    this.#actions.complete(this.#task, !this.#task.isCompleted);
  }

  remove() {
    this.#actions.remove(this.#task);
  }

  /** Rename in place: Enter or leaving the field keeps the new name, Escape the old one. */
  edit() {
    if (!this.#name.isConnected) return;
    const input = h("input", {
      type: "text",
      class: "rename",
      "aria-label": "New name",
      maxlength: LONGEST_NAME,
      value: this.#task.name,
      dir: "auto",
    });
    this.isRenamed = true;
    /** @param {boolean} keeps */
    const finish = (keeps) => {
      if (!this.isRenamed) return;
      this.isRenamed = false;
      const hadFocus = document.activeElement === input;
      const name = input.value.trim();
      input.replaceWith(this.#name);
      if (hadFocus) this.focus();
      this.#actions.rename(this.#task, keeps && name ? name : this.#task.name);
    };
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Enter") finish(true);
      if (event.key === "Escape") finish(false);
      if (event.key === "Enter" || event.key === "Escape") event.preventDefault();
    });
    // Not every browser tells of a blur when the field goes with all the view.
    this.leave = () => finish(true);
    input.addEventListener("blur", this.leave);
    this.#name.replaceWith(input);
    input.focus();
    input.select();
  }
}
