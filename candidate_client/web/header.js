// The bar on top of every screen: the session, the person and seat, the room's link, type size, raising a hand.

import { button, el, setHidden, setText } from "./dom.js";
import { _ } from "./texts.js";

const SIZES = ["normal", "large", "largest"];
const WITH_HAND = new Set(["confirm", "rules", "waiting", "reading", "exam", "paused", "locked", "finished"]);

export class Header {
  #store;
  #title = el("div", { class: "title" });
  #who = el("div", { class: "who" });
  #seat = el("div", { class: "seat" });
  #link = el("div", { class: "link", role: "status" });
  #hand;
  #sizes;

  constructor(store, send) {
    this.#store = store;
    this.#hand = button(_("Raise hand"), () => send({ do: "raise_hand" }), "hand");
    this.#sizes = SIZES.map((size, index) => this.#sizeButton(size, index));
    const sizes = el("div", { class: "sizes", role: "group", "aria-label": _("Type size") }, ...this.#sizes);
    this.root = el(
      "header",
      { class: "bar" },
      el("div", { class: "names" }, this.#title, this.#who),
      this.#link,
      sizes,
      this.#hand,
      this.#seat,
    );
    setText(this.#title, _("Examination"));
    this.#resize(sessionStorage.getItem("size") || SIZES[0]);
  }

  update() {
    const view = this.#store.view;
    const { session, person } = view;
    setText(this.#title, session ? session.title : _("Examination"));
    setText(this.#who, person ? _("{name} · ticket {ticket}", person) : "");
    setText(this.#seat, view.room ? _("Room {room} · seat {seat}", view) : _("Seat {seat}", view));
    const linked = view.link && view.screen !== "connecting";
    this.#link.classList.toggle("off", !linked);
    setText(this.#link, linked ? _("Connected to the room") : _("No connection to the room"));
    setHidden(this.#hand, !WITH_HAND.has(view.screen));
    this.#hand.classList.toggle("up", view.hand_up);
    this.#hand.setAttribute("aria-pressed", String(view.hand_up));
    // A call that cannot be delivered must not look like one.
    this.#hand.disabled = !linked && !view.hand_up;
    setText(this.#hand, view.hand_up ? _("Hand is up") : linked ? _("Raise hand") : _("No line: raise your arm"));
    document.title = session ? session.title : _("Examination");
  }

  #sizeButton(size, index) {
    const names = [_("Normal type"), _("Large type"), _("Largest type")];
    return el("button", {
      type: "button",
      class: `size s${index}`,
      text: _("A"),
      title: names[index],
      "aria-label": names[index],
      data: { size },
      onclick: () => this.#resize(size),
    });
  }

  #resize(size) {
    document.documentElement.dataset.size = size;
    sessionStorage.setItem("size", size);
    for (const one of this.#sizes) one.setAttribute("aria-pressed", String(one.dataset.size === size));
  }
}
