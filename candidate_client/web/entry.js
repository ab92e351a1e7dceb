// The screens of entering: log-in, own details, rules of the room.

import { button, el, setHidden, setText } from "./dom.js";
import { explanation, faultName } from "./refusals.js";
import { _, dateOf, spell, timeOfDay } from "./texts.js";

const ANSWER_WAIT = 10000;

export class Login {
  #store;
  #send;
  #ticket = field("ticket", 32, "text");
  #id = field("id_number", 18, "text");
  #go = el("button", { type: "submit", class: "button main", text: _("Log in") });
  #problem = el("div", { class: "problem", role: "alert", hidden: true });
  #seat = el("strong", {});
  #faults = el("p", { class: "faults", hidden: true });
  #waiting = null;

  constructor(store, send) {
    this.#store = store;
    this.#send = send;
    const form = el(
      "form",
      { class: "card form", autocomplete: "off", novalidate: true, onsubmit: (event) => this.#submit(event) },
      el("h1", { text: _("Candidate log-in") }),
      el("p", { class: "quiet", text: _("Have your admission ticket and ID card at hand.") }),
      this.#problem,
      el("label", { for: "ticket", text: _("Ticket number") }),
      this.#ticket,
      el("label", { for: "id_number", text: _("ID number") }),
      this.#id,
      this.#go,
    );
    this.root = el("div", { class: "centre" }, form, el("p", { class: "seatline" }, this.#seat), this.#faults);
    form.addEventListener("input", () => this.#ready());
    this.#ready();
  }

  focus() {
    this.#ticket.focus();
  }

  close() {
    clearTimeout(this.#waiting);
  }

  update() {
    const view = this.#store.view;
    setText(this.#seat, _("This PC is seat {seat}", view));
    setHidden(this.#faults, view.faults.length === 0);
    setText(this.#faults, _("The check of this PC found: {found}. Tell the technician.", { found: view.faults.map(faultName).join(_(", ")) }));
    if (view.error) {
      const { title, text } = explanation(view);
      this.#problem.replaceChildren(el("strong", { text: title }), el("span", { text }));
    }
    setHidden(this.#problem, !view.error);
    this.#wait(false);
  }

  #ready() {
    this.#go.disabled = this.#waiting !== null || !plain(this.#ticket.value) || !plain(this.#id.value);
  }

  #wait(on) {
    clearTimeout(this.#waiting);
    this.#waiting = on ? setTimeout(() => this.#wait(false), ANSWER_WAIT) : null;
    setText(this.#go, on ? _("Checking…") : _("Log in"));
    this.#ready();
  }

  #submit(event) {
    event.preventDefault();
    if (this.#go.disabled) return;
    setHidden(this.#problem, true);
    this.#wait(true);
    const sent = this.#send({ do: "log_in", ticket: plain(this.#ticket.value), id_number: plain(this.#id.value) });
    if (!sent) this.#wait(false);
  }
}

function field(id, maxlength, type) {
  return el("input", { id, name: id, type, maxlength, autocomplete: "off", autocapitalize: "off", spellcheck: "false" });
}

/** What was typed, with full-width characters of an input method made plain and blanks removed. */
function plain(text) {
  return text.normalize("NFKC").replace(/\s+/g, "").toUpperCase();
}

export class Confirm {
  #store;
  #list = el("dl", { class: "details" });

  constructor(store, send) {
    this.#store = store;
    this.root = el(
      "div",
      { class: "centre" },
      el(
        "section",
        { class: "card" },
        el("h1", { text: _("Check your details") }),
        el("p", { class: "quiet", text: _("Compare with your admission ticket and ID card.") }),
        this.#list,
        el(
          "div",
          { class: "row" },
          button(_("Something is wrong"), () => send({ do: "confirm", ok: false })),
          button(_("All of this is right"), () => send({ do: "confirm", ok: true }), "main"),
        ),
        el("p", { class: "quiet small", text: _("If something is wrong you are logged out and the proctor is called.") }),
      ),
    );
  }

  close() {}

  update() {
    const { person, session, start } = this.#store.view;
    if (!person || !session) return;
    const rows = [
      [_("Name"), person.name, "name"],
      [_("ID number"), person.id_masked, ""],
      [_("Ticket number"), person.ticket, ""],
      [_("Room and seat"), _("Room {room} · seat {seat}", person), ""],
      [_("Exam"), session.title, ""],
      [_("Occupation and level"), `${session.occupation} · ${session.level}`, ""],
      [_("Start"), `${dateOf(start || session.start)} ${timeOfDay(start || session.start)}`, ""],
    ];
    this.#list.replaceChildren(
      ...rows.flatMap(([term, value, kind]) => [el("dt", { text: term }), el("dd", { class: kind || null, text: value })]),
    );
  }
}

export class Rules {
  #store;
  #list = el("ol", { class: "rules" });

  constructor(store, send) {
    this.#store = store;
    this.root = el(
      "div",
      { class: "centre" },
      el(
        "section",
        { class: "card wide" },
        el("h1", { text: _("Rules of the exam room") }),
        this.#list,
        el("div", { class: "row" }, button(_("I have read the rules"), () => send({ do: "read" }), "main")),
      ),
    );
  }

  close() {}

  update() {
    const view = this.#store.view;
    if (view.session) this.#list.replaceChildren(...rules(view).map((text) => el("li", { text })));
  }
}

/** The rules with this session's own numbers. */
function rules({ session, start, end, hand_in_opens: opens }) {
  const from = start || session.start;
  const until = end || from + session.duration;
  const handIn = opens || from + session.earliest_hand_in;
  return [
    _("The exam begins at {start} and ends at {end}: {time} for answering. The paper opens by itself; a late arrival does not change the end.", {
      start: timeOfDay(from),
      end: timeOfDay(until),
      time: spell(until - from),
    }),
    _("Entry closes {time} after the start.", { time: spell(session.late_entry) }),
    _("You may hand in from {at} on. After handing in stay seated until the proctor lets you leave.", { at: timeOfDay(handIn) }),
    session.last_leave > 0
      ? _("Nobody leaves the room in the last {time}.", { time: spell(session.last_leave) })
      : _("Leave only when the proctor says so."),
    _("Every answer is saved by itself. If the connection is cut, go on answering: answers are kept on this PC and sent afterwards."),
    _("At the end the paper is collected by itself. Do not switch off the PC and wait for the receipt on the screen."),
    _("Do not open other programs, restart the PC, or plug in storage devices. Leaving the exam page is shown to the proctor."),
    _("No talking, no phones, no notes. Violations are recorded and dealt with by the exam rules."),
    _("For help use the button “Raise hand”. If an item seems wrong, report it and answer as you understand it."),
  ];
}
