// Why the room or this PC said no, in the candidate's words: what happened, and what to do.

import { _, generalExplanation, spell, timeOfDay } from "./texts.js";

/** Title and text for a view's `error` and `error_at`. */
export function explanation(view) {
  const { error, error_at: at } = view;
  const make = WORDS[error];
  if (make) return make(at, view);
  const general = generalExplanation(error);
  return {
    title: _("This did not work"),
    text: general || _("Nothing was changed. Try once more; if it happens again, raise your hand. [{code}]", { code: error }),
  };
}

/** What the check of this PC found, by its code. */
export function faultName(code) {
  const names = {
    old_system: _("operating system too old"),
    low_disk: _("disk nearly full"),
    low_memory: _("little free memory"),
    forbidden_program: _("a forbidden program is running"),
    clock_far: _("system clock is wrong"),
    disk_failed: _("the disk refuses to save answers"),
    file_failed: _("a file could not be kept on the disk"),
  };
  return names[code] || code;
}

const wrong = () => ({
  title: _("Ticket number or ID number is not right"),
  text: _("Nobody was logged in. Compare both numbers with your ticket and ID card and type them again."),
});
const closed = () => ({
  title: _("Your exam is already finished"),
  text: _("What you handed in is kept and cannot be changed. If you think this is wrong, tell the proctor."),
});
const ended = () => ({
  title: _("The exam is over"),
  text: _("Logging in is no longer possible. Tell the proctor if you have a question."),
});
const unreachable = () => ({
  title: _("The room's machine does not answer"),
  text: _("The PC goes on trying by itself. If this lasts longer than a minute, raise your hand; do not switch off the PC."),
});
const untrusted = () => ({
  title: _("This PC is not set up for this room"),
  text: _("Nothing was sent. Call the technician, who checks the room and the installation of this PC."),
});

const WORDS = {
  login_wrong: wrong,
  unknown_ticket: wrong,
  wrong_seat: (seat) => ({
    title: _("This is not your seat: yours is seat {seat}", { seat }),
    text: _("You were not logged in. Take your ticket and ID card and go to seat {seat}.", { seat }),
  }),
  seat_taken: (seat) => ({
    title: _("Another candidate is using seat {seat}", { seat }),
    text: _("You were not logged in. Raise your hand: the proctor finds you another PC."),
  }),
  login_closed: () => ({
    title: _("Log-in has not opened yet"),
    text: _("Wait until the proctor announces it, then log in again. What you typed stays here."),
  }),
  slow_down: (left) => ({
    title: left ? _("Too many wrong attempts: wait {time}", { time: spell(Math.max(left, 1000)) }) : _("Too many wrong attempts"),
    text: _("Compare both numbers with your ticket and ID card meanwhile, then type them again."),
  }),
  resume_unknown: () => ({
    title: _("Please log in again"),
    text: _("Your answers are kept. Type your ticket number and ID number to go on where you were."),
  }),
  too_late: (at) => ({
    title: at ? _("Too late: entry closed at {time}", { time: timeOfDay(at) }) : _("Too late: entry is closed"),
    text: _("You can no longer take part in this exam. Go to the proctor, who tells you what to do."),
  }),
  over: ended,
  sitting_ended: ended,
  is_submitted: closed,
  is_collected: closed,
  is_absent: () => ({
    title: _("You are registered as absent"),
    text: _("You were not logged in. Raise your hand: only the proctor can undo this."),
  }),
  is_void: () => ({
    title: _("Logging in is not possible"),
    text: _("Stay seated and follow the proctor's instructions. What you answered is kept."),
  }),
  resume_denied: () => ({
    title: _("The proctor did not approve this PC"),
    text: _("Your answers are kept. Go back to your seat or ask the proctor."),
  }),
  hand_in_too_early: (at) => ({
    title: at ? _("Handing in opens at {time}", { time: timeOfDay(at) }) : _("Handing in has not opened yet"),
    text: _("Your paper was not handed in. Go on answering; all answers are kept."),
  }),
  link_cut: unreachable,
  no_link: unreachable,
  unavailable: () => ({
    title: _("The room is not ready yet"),
    text: _("The PC goes on trying by itself. If this lasts longer than a minute, raise your hand; do not switch off the PC."),
  }),
  no_time: () => ({
    title: _("The room does not know the time yet"),
    text: _("Nothing is lost. The PC waits by itself until the proctor has set the time."),
  }),
  bad_signature: untrusted,
  untrusted: untrusted,
  no_certificate: untrusted,
  disk_failed: (_at, { answers }) => ({
    title: _("This PC cannot save"),
    text: Object.keys(answers).length > 0
      ? _("The last answer may not be saved. Raise your hand at once: you go on at another PC with what was saved.")
      : _("Nothing that was saved is lost. Stay seated and raise your hand: you go on at another PC."),
  }),
  file_failed: () => ({
    title: _("This PC is not ready: the paper could not be kept on it"),
    text: _("Nothing of yours is lost. Stay seated; the proctor is called and finds you another PC, or it is tried once more."),
  }),
};
