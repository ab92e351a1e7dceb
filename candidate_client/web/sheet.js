// The answer sheet: every item as a numbered cell, grouped by kind, with what is answered, marked, current and on its way.

import { el, setText } from "./dom.js";
import { Saved } from "./store.js";
import { _, kindName } from "./texts.js";

export class Sheet {
  #store;
  #cells;
  #counts = el("p", { class: "counts", role: "status" });

  /** `go(index)` turns to an item. */
  constructor(store, go) {
    this.#store = store;
    const { items } = store.paper;
    this.#cells = items.map((item, index) => el("button", { type: "button", class: "cell", text: item.shown, onclick: () => go(index) }));
    const groups = grouped(items).map(([kind, indexes]) => this.#group(kind, indexes));
    this.root = el(
      "nav",
      { class: "sheet", "aria-label": _("Answer sheet") },
      el("header", { class: "sheethead" }, el("h2", { text: _("Answer sheet") }), this.#counts),
      el("div", { class: "groups" }, ...groups),
      legend(),
    );
  }

  update(current) {
    const { items } = this.#store.paper;
    for (const [index, item] of items.entries()) this.#updateCell(this.#cells[index], item, index === current);
    const { answered, marked, items: count } = this.#store.counts();
    setText(this.#counts, _("Answered {answered} · open {open} · marked {marked}", { answered, marked, open: count - answered }));
  }

  #updateCell(cell, item, current) {
    const saved = this.#store.saved(item.number);
    const answered = this.#store.letters(item.number).length > 0;
    const marked = this.#store.marks.has(item.number);
    const pending = saved === Saved.TYPED || saved === Saved.HERE;
    const look = ["cell", answered && "answered", marked && "marked", pending && "pending", saved === Saved.HELD && "held", current && "current"];
    const name = look.filter(Boolean).join(" ");
    if (cell.className === name && cell.hasAttribute("aria-label")) return;
    cell.className = name;
    const words = [
      _("Item {shown}", item),
      answered ? _("answered") : _("not answered"),
      marked && _("marked"),
      pending && _("on the way to the room"),
      saved === Saved.HELD && _("kept, not decided"),
    ];
    cell.setAttribute("aria-label", words.filter(Boolean).join(", "));
    if (current) {
      cell.setAttribute("aria-current", "true");
      cell.scrollIntoView({ block: "nearest" });
    } else cell.removeAttribute("aria-current");
  }

  #group(kind, indexes) {
    const cells = el("div", { class: "cells" }, ...indexes.map((index) => this.#cells[index]));
    return el("section", {}, el("h3", { text: _("{kind} ({n})", { kind: kindName(kind), n: indexes.length }) }), cells);
  }
}

/** [kind, indexes] in shown order. */
function grouped(items) {
  const groups = [];
  for (const [index, { kind }] of items.entries()) {
    if (!groups.length || groups.at(-1)[0] !== kind) groups.push([kind, []]);
    groups.at(-1)[1].push(index);
  }
  return groups;
}

function legend() {
  const entries = [
    ["answered", _("answered")],
    ["", _("open")],
    ["marked", _("marked")],
    ["answered pending", _("sending")],
  ];
  const shown = entries.map(([look, text]) => el("li", {}, el("span", { class: `cell swatch ${look}` }), text));
  return el("ul", { class: "legend", "aria-hidden": "true" }, ...shown);
}
