// The exam screen: the state line, one item at a time, the side with time, answer sheet and handing in; reading time too.

import { everyTick, now } from "./clock.js";
import { Corrections } from "./corrections.js";
import { el, setText } from "./dom.js";
import { confirmHandIn } from "./handin.js";
import { Pictures } from "./pictures.js";
import { Question } from "./question.js";
import { Sheet } from "./sheet.js";
import { _, clockFace, timeOfDay } from "./texts.js";

const LATE = 5 * 60000;

export class Exam {
  #store;
  #send;
  #at = 0;
  #paper = null;
  #question = null;
  #sheet = null;
  #dialog = null;
  #stop;
  #keys = (event) => this.#key(event);
  #state = el("div", { class: "state", role: "status" });
  #label = el("div", { class: "timelabel" });
  #face = el("div", { class: "time", role: "timer" });
  #handIn = el("button", { type: "button", class: "button handin", onclick: () => this.#askHandIn() });
  #handInNote = el("p", { class: "handinnote" });
  #place = el("div", { class: "questionplace" }, el("p", { class: "loading", text: _("The paper is being loaded…") }));
  #sheetPlace = el("div", { class: "sheetplace" });
  #corrections;
  noticePlace = el("div", { class: "notices" });

  constructor(store, send) {
    this.#store = store;
    this.#at = store.at;
    this.#send = send;
    setText(this.#handIn, _("Hand in"));
    this.#corrections = new Corrections(store, {
      seen: (number) => send({ do: "correction_seen", number }),
      go: (index) => this.#go(index),
    });
    const side = el(
      "aside",
      { class: "side" },
      el("div", { class: "timebox" }, this.#label, this.#face),
      this.#corrections.root,
      this.#sheetPlace,
      this.noticePlace,
      el("div", { class: "handinbox" }, this.#handIn, this.#handInNote),
    );
    this.root = el("div", { class: "exam" }, this.#state, this.#place, side);
    document.addEventListener("keydown", this.#keys);
    this.#stop = everyTick(() => this.#tick());
  }

  close() {
    this.#stop();
    document.removeEventListener("keydown", this.#keys);
    if (this.#dialog) this.#dialog.close();
    document.querySelectorAll("dialog").forEach((dialog) => dialog.close());
  }

  update() {
    const { paper } = this.#store;
    if (paper !== null && paper !== this.#paper) this.#build(paper);
    this.#refresh();
  }

  get #answering() {
    return this.#store.view.screen === "exam";
  }

  #build(paper) {
    this.#paper = paper;
    const pictures = new Pictures(paper);
    this.#question = new Question(this.#store, pictures, {
      choose: (item, letters) => this.#choose(item, letters),
      mark: () => this.#mark(),
      go: (step) => this.#go(this.#at + step),
    });
    this.#sheet = new Sheet(this.#store, (index) => this.#go(index));
    this.#place.replaceChildren(this.#question.root);
    this.#sheetPlace.replaceChildren(this.#sheet.root);
    this.#at = Math.min(this.#at, paper.items.length - 1);
    this.#question.show(this.#at);
  }

  #refresh() {
    if (this.#question) {
      this.#question.update(this.#answering);
      this.#sheet.update(this.#at);
    }
    this.#corrections.update();
    this.#showState();
    this.#tick();
  }

  #go(index) {
    if (!this.#paper || index < 0 || index >= this.#paper.items.length) return;
    this.#at = this.#store.at = index;
    this.#question.show(index);
    this.#refresh();
  }

  #choose(item, letters) {
    if (!this.#answering) return;
    this.#store.answer(item.number, letters);
    this.#refresh();
  }

  #mark() {
    this.#store.toggleMark(this.#paper.items[this.#at].number);
    this.#refresh();
  }

  #showState() {
    const { view } = this.#store;
    const [kind, text] = stateOf(view, this.#store.counts(), this.#store.connected);
    this.#state.className = `state ${kind}`;
    setText(this.#state, text);
  }

  #tick() {
    const view = this.#store.view;
    const at = now();
    if (!view || at === null) return;
    const left = (this.#answering ? view.end : view.start) - at;
    setText(this.#label, this.#answering ? _("Time left") : _("Answering begins in"));
    setText(this.#face, clockFace(left));
    this.#face.classList.toggle("late", this.#answering && left <= LATE);
    const [ready, note] = handInState(view, at);
    this.#handIn.disabled = !ready;
    setText(this.#handInNote, note);
  }

  #askHandIn() {
    this.#dialog = confirmHandIn(this.#store, {
      go: (index) => this.#go(index),
      handIn: () => this.#send({ do: "hand_in" }),
      closed: () => {
        this.#dialog = null;
      },
    });
  }

  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]") || !this.#question) return;
    const steps = { ArrowLeft: -1, PageUp: -1, ArrowRight: 1, PageDown: 1 };
    if (event.key in steps) this.#go(this.#at + steps[event.key]);
    else if (event.key === "Home") this.#go(0);
    else if (event.key === "End") this.#go(this.#paper.items.length - 1);
    else if (event.key === "ArrowUp" || event.key === "ArrowDown") this.#question.moveFocus(event.key === "ArrowUp" ? -1 : 1);
    else if (event.key === "*") this.#mark();
    else if (!event.repeat && this.#question.press(event.key)) event.preventDefault();
    else if (!event.repeat && event.key.toUpperCase() === "F") this.#mark();
    else return;
    event.preventDefault();
  }
}

/** [look, words] of the line that says how safe the answers are. */
function stateOf(view, counts, connected) {
  if (view.faults.includes("disk_failed") && counts.typed > 0) {
    return ["off", _("This PC cannot save any more. Not saved: {n}. Raise your hand at once; what is called saved is safe.", { n: counts.typed })];
  }
  if (!connected && counts.typed > 0) return ["off", _("Kept on this page, not saved yet: {n}", { n: counts.typed })];
  if (view.screen === "reading") {
    return ["info", _("Reading time: you may read the paper. Answering begins at {time}.", { time: timeOfDay(view.start) })];
  }
  if (counts.typed > 0) return ["here", _("Being saved on this PC: {n}. Go on answering.", { n: counts.typed })];
  if (!view.link) return ["off", _("The connection to the room is cut. Your answers are saved on this PC: go on answering.")];
  if (counts.here > 0) return ["here", _("Saved on this PC, on the way to the room: {n}", { n: counts.here })];
  if (counts.held > 0) return ["held", _("Kept, staff decide whether they count: {n}", { n: counts.held })];
  if (counts.room > 0) return ["room", _("All answers are saved in the room")];
  return ["info", _("Answers are saved by themselves as soon as you choose")];
}

/** [whether handing in is possible now, the sentence below the button]. */
function handInState(view, at) {
  if (view.screen !== "exam") return [false, _("Opens at {time}", { time: timeOfDay(view.hand_in_opens) })];
  if (at < view.hand_in_opens) return [false, _("Opens at {time}", { time: timeOfDay(view.hand_in_opens) })];
  if (!view.link) return [false, _("Possible once reconnected")];
  if (view.leave_closes && at >= view.leave_closes) return [true, _("After handing in stay seated until the end")];
  return [true, _("Collected by itself at {time}", { time: timeOfDay(view.end) })];
}
