// Notices that do not block: important ones stay until closed, others go after a while. Shown once each.

import { el } from "./dom.js";
import { explanation } from "./refusals.js";
import { _, spell, timeOfDay } from "./texts.js";

const BRIEF = 8000;
const MOST = 3;
// The newest stands first: where there is little room the others are scrolled to.
const AFTER = new Set(["locked", "finished", "stopped", "moved", "cancelled"]);
const SCREENS_WITH_OWN_ERRORS = new Set(["connecting", "login", "approval"]);

export class Toasts {
  root = el("div", { class: "toasts", "aria-label": _("Notices") });
  #last = null;
  #error = "";

  update(view) {
    const { notice } = view;
    // What was about answering means nothing afterwards, and would lie over the receipt.
    if (AFTER.has(view.screen)) this.#drop("warn");
    if (notice && notice.id !== this.#last) {
      this.#last = notice.id;
      const said = words(notice);
      if (said) {
        this.#drop(said.kind, notice.kind);
        this.#show(said, notice.kind);
      }
    }
    const error = view.error ? `${view.error} ${view.error_at}` : "";
    if (error && error !== this.#error && !SCREENS_WITH_OWN_ERRORS.has(view.screen)) {
      this.#show({ title: explanation(view).title, text: explanation(view).text, kind: "warn", stays: true }, "error");
    }
    this.#error = error;
  }

  /** Removes the notices of a look, or only those about the same thing: a newer reminder says it better. */
  #drop(kind, about = null) {
    for (const toast of [...this.root.children]) {
      if (toast.classList.contains(kind) && (about === null || toast.dataset.about === about)) toast.remove();
    }
  }

  #show({ title, text, kind, stays }, about) {
    const close = el("button", { type: "button", class: "close", text: "×", "aria-label": _("Close notice") });
    const toast = el("div", { class: `toast ${kind}`, role: stays ? "alert" : "status", data: { about } });
    toast.append(el("div", {}, el("strong", { text: title }), text ? el("p", { text }) : null), close);
    close.addEventListener("click", () => toast.remove());
    this.root.prepend(toast);
    while (this.root.children.length > MOST) this.root.lastChild.remove();
    if (!stays) setTimeout(() => toast.remove(), BRIEF);
  }
}

/** Title, text, look and staying of a notice by its kind. */
function words({ kind, value, text }) {
  switch (kind) {
    case "reminder":
      return {
        title: _("{time} left", { time: spell(value) }),
        text: _("Check for unanswered items. What is answered is collected by itself at the end."),
        kind: "warn",
        stays: true,
      };
    case "warning":
      return { title: _("Warning by the proctor"), text: text || _("Keep to the rules of the room."), kind: "warn", stays: true };
    case "extra_time":
      return {
        title: value ? _("Your end time was extended to {time}", { time: timeOfDay(value) }) : _("Your end time was extended"),
        text,
        kind: "info",
        stays: true,
      };
    case "paused":
      return text ? { title: _("Paused by the proctors"), text, kind: "info", stays: true } : null;
    case "went_on":
      return { title: _("The exam goes on; it ends at {time}", { time: timeOfDay(value) }), text, kind: "good", stays: true };
    case "ended_early":
      return { title: _("The exam was ended by the proctors"), text, kind: "info", stays: true };
    case "postponed":
      return { title: _("The start was postponed to {time}", { time: timeOfDay(value) }), text, kind: "warn", stays: true };
    case "may_leave":
      return { title: _("You may leave the room"), text: text || _("Leave quietly and take your ticket along."), kind: "good", stays: true };
    case "hand_seen":
      return { title: _("The proctor has seen your hand"), text, kind: "info", stays: false };
    case "resume_denied":
      return null; // the log-in screen that follows says so
    default:
      return { title: text || _("Notice from the room"), text: "", kind: "info", stays: true };
  }
}
