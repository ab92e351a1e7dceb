// One item: heading, stem, picture, option cards, and the row of steps below. Options are mouse and keyboard targets alike.

import { besideItem } from "./corrections.js";
import { button, el, fragment, setHidden, setText } from "./dom.js";
import { Saved } from "./store.js";
import { _, kindHint, kindName } from "./texts.js";

export class Question {
  #store;
  #pictures;
  #act;
  #item = null;
  #options = [];
  #kind = el("span", { class: "kind" });
  #marks = el("span", { class: "marks" });
  #hint = el("span", { class: "hint" });
  #notes = el("div", { class: "notes" });
  #corrected = "";
  #body = el("div", { class: "body", tabindex: "-1" });
  #saved = el("div", { class: "saved" });
  #back = button(_("Previous"), () => this.#act.go(-1));
  #next = button(_("Next"), () => this.#act.go(1), "main");
  #mark = button("", () => this.#act.mark(), "mark-button");
  #clear = button(_("Clear answer"), () => this.#act.choose(this.#item, []), "quiet-button");

  /** `act`: choose(item, letters), mark(), go(step). */
  constructor(store, pictures, act) {
    this.#store = store;
    this.#pictures = pictures;
    this.#act = act;
    this.root = el(
      "section",
      { class: "question", "aria-label": _("Item") },
      el("header", { class: "kindline" }, this.#kind, this.#marks, this.#hint),
      this.#body,
      el("footer", { class: "steps" }, this.#back, this.#mark, this.#clear, this.#saved, this.#next),
    );
  }

  /** Shows the item at an index of the paper. */
  show(index) {
    const { items } = this.#store.paper;
    this.#item = items[index];
    const { kind, marks, stem, shown, options } = this.#item;
    setText(this.#kind, kindName(kind));
    setText(this.#hint, kindHint(kind));
    setText(this.#marks, _("Item {shown} of {count} · {marks} marks", { shown, count: items.length, marks }));
    this.#options = options.map((option, at) => this.#optionCard(option, at));
    const group = el("div", {
      class: "options",
      role: kind === "multiple" ? "group" : "radiogroup",
      "aria-labelledby": "stem",
    });
    group.append(...this.#options);
    const text = el("div", { class: "stem", id: "stem" }, el("span", { class: "number", text: `${shown}.` }));
    text.append(el("span", {}, fragment(stem)));
    this.#corrected = "";
    this.#body.replaceChildren(text, this.#notes, ...this.#pictures.figures(this.#item), group);
    this.#body.scrollTop = 0;
    this.#back.disabled = index === 0;
    this.#next.disabled = index === items.length - 1;
  }

  /** Shows what is chosen and saved; `answering` is false in reading time. */
  update(answering) {
    this.#correct();
    const letters = this.#store.letters(this.#item.number);
    for (const [at, card] of this.#options.entries()) {
      const chosen = letters.includes(this.#item.options[at].letter);
      card.setAttribute("aria-checked", String(chosen));
      card.disabled = !answering;
    }
    const marked = this.#store.marks.has(this.#item.number);
    this.#mark.setAttribute("aria-pressed", String(marked));
    setText(this.#mark, marked ? _("★ Marked") : _("☆ Mark for review"));
    this.#clear.disabled = !answering || letters.length === 0;
    const saved = this.#store.saved(this.#item.number);
    this.#saved.className = `saved ${saved}`;
    setText(this.#saved, savedWords(saved, this.#store.view.link));
    setHidden(this.#saved, saved === Saved.NONE);
  }

  #correct() {
    const notes = besideItem(this.#store.view, this.#item.number);
    const now = `${this.#item.number} ${notes.map((note) => note.textContent).join(" ")}`;
    if (now === this.#corrected) return;
    this.#corrected = now;
    this.#notes.replaceChildren(...notes);
  }

  /** Chooses by a key: 1-9 or the letter on screen. Returns whether the key meant an option. */
  press(key) {
    const { options } = this.#item;
    const letter = key.toUpperCase();
    const at = /^[1-9]$/.test(key) ? Number(key) - 1 : options.findIndex((option) => option.mark.toUpperCase() === letter);
    if (at < 0 || at >= options.length) return false;
    this.#toggle(options[at].letter);
    this.#options[at].focus();
    return true;
  }

  /** Moves the keyboard focus among the options. */
  moveFocus(step) {
    const at = this.#options.indexOf(document.activeElement);
    const to = at < 0 ? (step > 0 ? 0 : this.#options.length - 1) : at + step;
    if (this.#options[to]) this.#options[to].focus();
  }

  #optionCard({ mark, letter, text }) {
    const card = el("button", {
      type: "button",
      class: "option",
      role: this.#item.kind === "multiple" ? "checkbox" : "radio",
      "aria-checked": "false",
      data: { letter },
      onclick: () => this.#toggle(letter),
    });
    card.append(el("span", { class: "letter", text: mark }), el("span", { class: "optiontext" }, fragment(text)));
    return card;
  }

  #toggle(letter) {
    const letters = this.#store.letters(this.#item.number);
    if (this.#item.kind !== "multiple") this.#act.choose(this.#item, [letter]);
    else if (letters.includes(letter)) this.#act.choose(this.#item, letters.filter((one) => one !== letter));
    else this.#act.choose(this.#item, [...letters, letter]);
  }
}

function savedWords(saved, link) {
  switch (saved) {
    case Saved.ROOM:
      return _("Saved in the room");
    case Saved.HERE:
      return link ? _("Saved on this PC, on the way to the room") : _("Saved on this PC");
    case Saved.HELD:
      return _("Kept; staff decide whether it counts");
    case Saved.TYPED:
      return _("Saving…");
    default:
      return "";
  }
}
