// Corrections of the paper: unread ones stand in the side until they are acknowledged, item by item beside the item for good.

import { button, el } from "./dom.js";
import { _ } from "./texts.js";

export class Corrections {
  #store;
  #act;
  #shown = "";
  root = el("div", { class: "corrections", "aria-label": _("Corrections") });

  /** `act`: seen(number), go(index). */
  constructor(store, act) {
    this.#store = store;
    this.#act = act;
  }

  /** Unread corrections, and read ones about the whole paper. */
  update() {
    const { view, paper } = this.#store;
    const due = paper === null ? [] : view.corrections.filter((one) => !one.seen || one.item === 0);
    const now = JSON.stringify(due);
    if (now === this.#shown) return;
    this.#shown = now;
    this.root.replaceChildren(...due.map((one) => this.#card(one, paper)));
  }

  #card(one, paper) {
    const at = paper.items.findIndex(({ number }) => number === one.item);
    const title = at < 0 ? _("Correction of the paper") : _("Correction of item {shown}", { shown: paper.items[at].shown });
    const row = el("div", { class: "row" });
    if (at >= 0) row.append(button(_("Go to the item"), () => this.#act.go(at)));
    if (!one.seen) row.append(button(_("I have read the correction"), () => this.#act.seen(one.number), "main"));
    const card = el("section", { class: one.seen ? "correction" : "correction unread", role: one.seen ? "note" : "alert" });
    card.append(el("strong", { text: title }), el("p", { text: one.text }));
    if (row.children.length) card.append(row);
    return card;
  }
}

/** What stands beside an item: its corrections, read or not. */
export function besideItem(view, number) {
  return view.corrections
    .filter((one) => one.item === number)
    .map((one) => el("aside", { class: "correction", role: "note" }, el("strong", { text: _("Correction") }), el("p", { text: one.text })));
}
