// The screens on which nothing is typed: connecting, approval, waiting, and the ends.

import { everyTick, now } from "./clock.js";
import { button, el, setHidden, setText } from "./dom.js";
import { explanation } from "./refusals.js";
import { _, clockFace, timeOfDay } from "./texts.js";

/** A card with a heading and a text that depend on the view: `words(view)` gives {title, text, mark, error}. */
class Still {
  #words;
  #title = el("h1", {});
  #text = el("p", { class: "lead" });
  #problem = el("div", { class: "problem", role: "status", hidden: true });
  #mark = el("div", { class: "mark", "aria-hidden": "true" });

  constructor(store, words, ...more) {
    this.store = store;
    this.#words = words;
    this.card = el("section", { class: "card still" }, this.#mark, this.#title, this.#text, this.#problem, ...more);
    this.root = el("div", { class: "centre" }, this.card);
  }

  close() {}

  update() {
    const { title, text, mark, error } = this.#words(this.store.view);
    setText(this.#title, title);
    setText(this.#text, text);
    this.#mark.className = `mark ${mark}`;
    setHidden(this.#problem, !error);
    if (error) this.#problem.replaceChildren(el("strong", { text: error.title }), el("span", { text: error.text }));
  }
}

export class Connecting extends Still {
  constructor(store) {
    super(store, (view) => ({
      title: _("Connecting to the exam room…"),
      text: _("Please wait: log-in appears by itself."),
      mark: "busy",
      error: view.error ? explanation(view) : null,
    }));
  }
}

export class Approval extends Still {
  constructor(store) {
    super(store, (view) => ({
      title: _("Waiting for the proctor's approval"),
      text: _("This ticket is in use at another PC. The proctor decides whether you go on here; what was saved comes along. Please stay here."),
      mark: "busy",
      error: view.error ? explanation(view) : null,
    }));
  }
}

export class Waiting extends Still {
  #stop;
  #label;
  #face;

  constructor(store) {
    const label = el("div", { class: "countlabel" });
    const face = el("div", { class: "count", role: "timer" });
    super(
      store,
      waitingWords,
      label,
      face,
    );
    this.#label = label;
    this.#face = face;
    this.#stop = everyTick(() => this.#tick());
  }

  close() {
    this.#stop();
  }

  update() {
    super.update();
    this.#tick();
  }

  #tick() {
    const view = this.store.view;
    const at = now();
    const left = view.opening && at !== null ? view.opening - at : null;
    if (left === null) {
      setText(this.#label, _("The time of opening is not known yet"));
      setText(this.#face, "–:––:––");
    } else if (left > 0) {
      setText(this.#label, _("The paper opens at {time}, in", { time: timeOfDay(view.opening) }));
      setText(this.#face, clockFace(left));
    } else {
      setText(this.#label, view.link ? _("It is time: waiting for the room to open the paper") : _("It is time: waiting for the connection to the room"));
      setText(this.#face, clockFace(0));
    }
  }
}

function waitingWords(view) {
  if (["disk_failed", "file_failed"].includes(view.error)) return { ...explanation(view), mark: "stop", error: null };
  return {
    title: _("You are ready"),
    text: _("The paper opens by itself: there is nothing to press. Please stay seated and leave the PC as it is."),
    mark: "ready",
    error: null,
  };
}

export class Locked extends Still {
  constructor(store) {
    super(store, (view) => ({
      title: view.end > 0 && (now() ?? 0) < view.end ? _("Your paper is being handed in") : _("The time is over"),
      text: view.faults.includes("disk_failed")
        ? _("This PC cannot save any more. What was called saved is safe. Stay seated, do not switch off the PC, and raise your hand.")
        : view.link
        ? _("Your answers are being handed over. Please stay seated and do not switch off the PC.")
        : _("All your answers are saved on this PC. They are handed over by themselves as soon as the connection is back. Stay seated and do not switch off the PC."),
      mark: "busy",
      error: view.unsent > 0 ? { title: _("Still to hand over: {n} entries", { n: view.unsent }), text: "" } : null,
    }));
  }
}

/** The exam stands: the paper is covered, and the time that is left is shown as it will go on. */
export class Paused extends Still {
  #face;

  constructor(store) {
    const face = el("div", { class: "count" });
    super(
      store,
      () => ({
        title: _("The exam is paused"),
        text: _("The clock stands: nobody loses time. Your answers are kept. Please stay seated quietly; the paper comes back by itself."),
        mark: "busy",
        error: null,
      }),
      el("div", { class: "countlabel", text: _("Time left when it goes on") }),
      face,
    );
    this.#face = face;
  }

  update() {
    super.update();
    const { view } = this.store;
    setText(this.#face, clockFace(view.end - view.paused));
  }
}

export class Finished extends Still {
  #code;
  #state;
  #leave;

  constructor(store) {
    const code = el("output", { class: "receipt" });
    const state = el("p", { class: "receiptstate", role: "status" });
    const leave = el("p", { class: "leave", role: "status" });
    const receipt = el("div", { class: "receiptbox" }, el("div", { class: "countlabel", text: _("Receipt code") }), code, state);
    super(store, finishedWords, receipt, leave);
    [this.#code, this.#state, this.#leave] = [code, state, leave];
  }

  update() {
    super.update();
    const view = this.store.view;
    setText(this.#code, view.receipt ? view.receipt.replace(/[\s-]/g, "").replace(/(.{4})(?=.)/g, "$1 ") : _("being made…"));
    this.#state.classList.toggle("final", view.receipt_final);
    setText(
      this.#state,
      view.receipt_final
        ? _("Final: the exam site holds its own copy of your answers.")
        : _("Provisional: the room holds your answers; once the exam site's copy is confirmed, this receipt is final. The code stays the same."),
    );
    this.#leave.classList.toggle("may", view.may_leave);
    setText(
      this.#leave,
      view.may_leave ? _("You may leave the room now.") : _("Please stay seated until the proctor lets you leave. Do not switch off the PC."),
    );
  }
}

function finishedWords(view) {
  const collected = view.status === "collected";
  return {
    title: collected ? _("Your paper was collected") : _("Your paper is handed in"),
    text: collected
      ? _("The exam is over. All answers saved until the end were collected.")
      : _("The room has received your paper. It can no longer be changed."),
    mark: "done",
    error: finishedProblem(view),
  };
}

function finishedProblem(view) {
  const lost = notSaved(view);
  if (lost) return { title: lost, text: _("What was called saved is kept. These last answers are not there: tell the proctor now, before you leave.") };
  if (view.held > 0) {
    return {
      title: _("Reached the room after the end: {n} answers", { n: view.held }),
      text: _("They are kept. Whether they count is decided by two people of the staff and stands in the record; you need not do anything."),
    };
  }
  if (view.faults.includes("disk_failed")) {
    return {
      title: _("This PC cannot save"),
      text: _("What the room received is kept there. Only this PC may not have kept the receipt: note its code, and tell the proctor."),
    };
  }
  if (!view.faults.includes("file_failed")) return null;
  return {
    title: _("The receipt is not on this PC as a file"),
    text: _("What the room received is kept there. Note the receipt's code, and tell the proctor."),
  };
}

/** The title about answers that stayed on a page whose PC could not save them any more; empty: there are none. */
function notSaved(view) {
  return view.faults.includes("disk_failed") && view.unsaved > 0 ? _("Not saved on this PC: {n} answers", { n: view.unsaved }) : "";
}

export class Stopped extends Still {
  constructor(store) {
    super(store, () => ({
      title: _("This exam has been stopped at this PC"),
      text: _("Please stay seated and follow the proctor's instructions. What you answered is kept."),
      mark: "stop",
      error: null,
    }));
  }
}

/** The PC that was left: whoever is sent to this seat finds the way to the log-in. */
export class Moved extends Still {
  #free;
  #note;

  constructor(store, send) {
    const free = button(_("Log in at this PC"), () => send({ do: "free" }));
    const note = el("p", { class: "quiet small" });
    super(store, movedWords, el("div", { class: "free" }, free, note));
    [this.#free, this.#note] = [free, note];
  }

  update() {
    super.update();
    const { may_free: may } = this.store.view;
    this.#free.disabled = !may;
    setText(
      this.#note,
      may ? _("Only for a candidate whom the proctor sends to this seat.") : _("Possible once everything that is still here is handed over to the room."),
    );
  }
}

function movedWords(view) {
  const lost = notSaved(view);
  return {
    title: view.gone_room
      ? _("Your exam goes on in room {room}, seat {seat}", { room: view.gone_room, seat: view.gone_seat })
      : _("The exam goes on at another PC"),
    text: view.gone_room
      ? _("Take your ticket and ID card along and go there when the proctor tells you. Log in there: everything that was saved is there, and lost time is looked at. This PC takes no more answers.")
      : _("This PC takes no more answers. What was saved is kept and is shown at the new PC. Please follow the proctor's instructions."),
    mark: "stop",
    error: lost ? { title: lost, text: _("What was called saved is kept. These last answers are not there: give them again at the new PC.") } : null,
  };
}

export class Cancelled extends Still {
  constructor(store) {
    super(store, () => ({
      title: _("This session was cancelled"),
      text: _("The certification body has cancelled this session. Nothing is lost and nothing is held against you. Please stay seated quietly; the staff will tell you what happens next."),
      mark: "stop",
      error: null,
    }));
  }
}
