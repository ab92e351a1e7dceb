// What the page knows: the newest view, the paper, answers on their way to the agent, and the candidate's review marks.
// The agent owns the truth; an answer stands here only until a view shows it.

const NOTHING = [];

/** How far one item's answer has come, worst first in what a candidate must know. */
export const Saved = Object.freeze({ NONE: "none", TYPED: "typed", HERE: "here", ROOM: "room", HELD: "held" });

export class Store {
  view = null;
  paper = null;
  connected = false;
  /** Index of the item that was on screen, so that a covered paper comes back where it was. */
  at = 0;
  #typed = new Map();
  #owner = "";
  #resend = false;
  #marks = new Set();
  #send;

  /** `send(intent)` returns whether it left the page. */
  constructor(send) {
    this.#send = send;
  }

  get marks() {
    return this.#marks;
  }

  /** Takes a view: forgets typed answers that it shows, sends the others again after a break. */
  take(view) {
    this.view = view;
    const owner = view.person ? view.person.ticket : "";
    if (owner && owner !== this.#owner) this.#begin(owner);
    if (view.screen === "exam") this.#settle(view);
    else if (["locked", "finished", "stopped", "moved"].includes(view.screen)) this.#typed.clear();
    else this.#resend = true;
  }

  /** The connection to the agent was lost: what is typed must be sent again. */
  lose() {
    this.connected = false;
    this.#resend = true;
  }

  letters(number) {
    return this.#typed.get(number) || this.view.answers[number] || NOTHING;
  }

  saved(number) {
    if (this.#typed.has(number)) return Saved.TYPED;
    // What the agent shows but does not call saved is on its way to this PC's disk.
    return this.view.saved[number] || (number in this.view.answers ? Saved.TYPED : Saved.NONE);
  }

  /** Sets the answer of an item and sends it at once. */
  answer(number, letters) {
    const sorted = [...letters].sort();
    this.#typed.set(number, sorted);
    this.#send({ do: "answer", number, letters: sorted });
  }

  toggleMark(number) {
    if (!this.#marks.delete(number)) this.#marks.add(number);
    sessionStorage.setItem(this.#marksKey(), JSON.stringify([...this.#marks]));
  }

  /** Counts over the whole paper: answered, marked, and answers by how far they have come. */
  counts() {
    const counts = { items: 0, answered: 0, marked: 0, typed: 0, here: 0, room: 0, held: 0, none: 0 };
    for (const { number } of this.paper ? this.paper.items : []) {
      counts.items += 1;
      counts.answered += this.letters(number).length > 0;
      counts.marked += this.#marks.has(number);
      counts[this.saved(number)] += 1;
    }
    return counts;
  }

  #begin(owner) {
    this.#owner = owner;
    this.at = 0;
    this.#typed.clear();
    let kept = [];
    try {
      kept = JSON.parse(sessionStorage.getItem(this.#marksKey())) || [];
    } catch {
      // Marks are a convenience: unreadable ones are simply gone.
    }
    this.#marks = new Set(kept);
  }

  #settle(view) {
    for (const [number, letters] of this.#typed) {
      const known = view.answers[number] || NOTHING;
      if (known.length === letters.length && letters.every((letter) => known.includes(letter))) this.#typed.delete(number);
      else if (this.#resend) this.#send({ do: "answer", number, letters });
    }
    this.#resend = false;
  }

  #marksKey() {
    return `marks ${this.#owner} ${this.view.session ? this.view.session.start : ""}`;
  }
}
