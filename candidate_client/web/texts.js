// Texts for people: the gettext table of this page's language, and the forms of instants and durations. Holds no text itself.

let texts = {};
let codes = {};
let language = "zh-CN";

/** Fetches the table; until then every text is its English msgid. */
export async function loadTexts() {
  const response = await fetch("/strings.json");
  if (!response.ok) throw new Error(`strings: ${response.status}`);
  ({ texts, codes, language } = await response.json());
  document.documentElement.lang = language;
}

/** The text for a msgid, with {name} places filled from `facts`. */
export function _(msgid, facts = {}) {
  const text = texts[msgid] || msgid;
  return text.replace(/\{(\w+)\}/g, (place, name) => (name in facts ? String(facts[name]) : place));
}

/** The general explanation of a wire code, or an empty text where none is known. */
export function generalExplanation(code) {
  return codes[code] || "";
}

/** An instant (ms UTC) as the time of day of an exam in China, whatever zone the PC is set to. */
export function timeOfDay(instant) {
  const exact = instant % 60000 !== 0;
  const form = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "Asia/Shanghai" };
  return new Intl.DateTimeFormat(language, exact ? { ...form, second: "2-digit" } : form).format(instant);
}

/** An instant (ms UTC) as a date in China. */
export function dateOf(instant) {
  return new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "Asia/Shanghai" }).format(instant);
}

/** A duration (ms) in words; a second or two beside a whole minute is the way of the message, not the meaning. */
export function spell(duration) {
  const seconds = Math.round(duration / 1000);
  const minutes = Math.round(seconds / 60);
  if (minutes > 0 && Math.abs(seconds - minutes * 60) <= 2) return _("{n} minutes", { n: minutes });
  if (seconds < 120) return _("{n} seconds", { n: seconds });
  return _("{minutes} min {seconds} s", { minutes: Math.floor(seconds / 60), seconds: seconds % 60 });
}

/** A number of milliseconds left as h:mm:ss; never negative, a begun second counts whole. */
export function clockFace(left) {
  const seconds = Math.max(0, Math.ceil(left / 1000));
  const two = (n) => String(n).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** The name of an item's kind as a section heading. */
export function kindName(kind) {
  const names = {
    single: _("Single choice"),
    multiple: _("Multiple choice"),
    truefalse: _("True or false"),
  };
  return names[kind] || kind;
}

/** What to do with an item of that kind. */
export function kindHint(kind) {
  const hints = {
    single: _("Exactly one option is right."),
    multiple: _("Two or more options are right: choose all of them."),
    truefalse: _("Decide whether the statement is true."),
  };
  return hints[kind] || "";
}
