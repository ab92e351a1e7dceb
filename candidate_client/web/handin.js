// The question before handing in: what is open, what is marked, and that nothing can be changed afterwards.

import { button, el, openDialog, setHidden } from "./dom.js";
import { _ } from "./texts.js";

const ANSWER_WAIT = 10000;

/** Opens the dialog; `act`: go(index), handIn(), closed(). */
export function confirmHandIn(store, act) {
  const { items } = store.paper;
  const open = indexes(items, ({ number }) => store.letters(number).length === 0);
  const marked = indexes(items, ({ number }) => store.marks.has(number));
  const goTo = (index) => {
    dialog.close();
    act.go(index);
  };
  const wait = el("p", { class: "problem", role: "status", hidden: true, text: _("Handing in… please wait.") });
  const sure = button(_("Hand in now"), () => handIn(), "danger");
  const back = button(_("Go on answering"), () => dialog.close(), "main");
  const handIn = () => {
    act.handIn();
    sure.disabled = true;
    setHidden(wait, false);
    setTimeout(() => {
      sure.disabled = false;
      wait.textContent = _("The room has not confirmed yet. Your answers are kept; wait, or raise your hand.");
    }, ANSWER_WAIT);
  };
  const content = el(
    "div",
    { class: "confirm" },
    el("h1", { text: _("Hand in your paper?") }),
    el("p", { text: _("After handing in, nothing can be changed. Answered: {n} of {count}.", { n: items.length - open.length, count: items.length }) }),
    list(_("Not answered: {n}", { n: open.length }), open, items, goTo, "open"),
    list(_("Marked for review: {n}", { n: marked.length }), marked, items, goTo, "marked"),
    wait,
    el("div", { class: "row" }, sure, back),
  );
  const dialog = openDialog(content, { label: _("Hand in your paper?"), onclose: act.closed });
  back.focus();
  return dialog;
}

function indexes(items, wanted) {
  return [...items.keys()].filter((index) => wanted(items[index]));
}

function list(title, found, items, goTo, look) {
  if (!found.length) return null;
  const cells = found.map((index) =>
    el("button", {
      type: "button",
      class: `cell ${look}`,
      text: items[index].shown,
      "aria-label": _("Item {shown}", items[index]),
      onclick: () => goTo(index),
    }),
  );
  return el("section", { class: "found" }, el("h2", { text: title }), el("div", { class: "cells" }, ...cells));
}
