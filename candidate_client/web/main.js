// Starts the page: texts, connection, header, and the one screen that the view names. Each screen has its own module.

import { setNow } from "./clock.js";
import { el, setHidden } from "./dom.js";
import { Exam } from "./exam.js";
import { Header } from "./header.js";
import { AgentLink } from "./link.js";
import { Confirm, Login, Rules } from "./entry.js";
import { Approval, Cancelled, Connecting, Finished, Locked, Moved, Paused, Stopped, Waiting } from "./still.js";
import { Store } from "./store.js";
import { _, loadTexts } from "./texts.js";
import { Toasts } from "./toasts.js";

const SCREENS = {
  connecting: Connecting,
  login: Login,
  approval: Approval,
  confirm: Confirm,
  rules: Rules,
  waiting: Waiting,
  reading: Exam,
  exam: Exam,
  paused: Paused,
  locked: Locked,
  finished: Finished,
  stopped: Stopped,
  moved: Moved,
  cancelled: Cancelled,
};
const PAPER_RETRY = 500;

class App {
  #screen = null;
  #shown = null;
  #fetching = false;
  #link = new AgentLink({
    view: (view) => this.#take(view),
    open: () => setHidden(this.#lost, true),
    lost: () => this.#lose(),
    replaced: () => this.#replaced(),
  });
  #store = new Store((intent) => this.#link.send(intent));
  #header = new Header(this.#store, (intent) => this.#link.send(intent));
  #toasts = new Toasts();
  #main = el("main", { id: "main" });
  #lost = el("div", { class: "lost", role: "alert", hidden: true });

  start() {
    this.#lost.textContent = _(
      "The answering program on this PC does not respond. Your saved answers are kept; the page reconnects by itself. " +
        "If this stays for half a minute, raise your hand.",
    );
    document.body.append(this.#header.root, this.#main, this.#toasts.root, this.#lost);
    for (const event of ["contextmenu", "dragstart", "copy", "cut"]) {
      document.addEventListener(event, (happening) => {
        if (happening.target.tagName !== "INPUT") happening.preventDefault();
      });
    }
    document.addEventListener("visibilitychange", () => this.#tell(document.hidden ? "hidden" : "shown"));
    window.addEventListener("blur", () => this.#tell("blur"));
    window.addEventListener("focus", () => this.#tell("focus"));
    this.#link.connect();
  }

  #tell(event) {
    const screen = this.#store.view && this.#store.view.screen;
    if (screen === "exam" || screen === "reading") this.#link.send({ do: "page", event });
  }

  #take(view) {
    setNow(view.now);
    this.#store.connected = true;
    this.#store.take(view);
    this.#fetchPaper(view);
    const Screen = SCREENS[view.screen];
    if (this.#shown !== Screen) {
      if (this.#screen !== null) this.#screen.close();
      this.#shown = Screen;
      this.#screen = new Screen(this.#store, (intent) => this.#link.send(intent));
      this.#main.replaceChildren(this.#screen.root);
      (this.#screen.noticePlace || document.body).append(this.#toasts.root);
      this.#main.dataset.screen = view.screen;
      this.#screen.update();
      if (this.#screen.focus) this.#screen.focus();
    } else {
      this.#main.dataset.screen = view.screen;
      this.#screen.update();
    }
    this.#header.update();
    this.#toasts.update(view);
  }

  async #fetchPaper(view) {
    if (!view.paper) {
      this.#store.paper = null;
      return;
    }
    if (this.#store.paper !== null || this.#fetching) return;
    this.#fetching = true;
    try {
      const response = await fetch("/paper.json");
      if (!response.ok) throw new Error(`paper: ${response.status}`);
      this.#store.paper = await response.json();
      this.#screen.update();
    } catch {
      setTimeout(() => this.#fetchPaper(this.#store.view), PAPER_RETRY);
    } finally {
      this.#fetching = false;
    }
  }

  #lose() {
    this.#store.lose();
    setHidden(this.#lost, false);
    if (this.#screen !== null) this.#screen.update();
  }

  #replaced() {
    const again = el("button", { class: "button main", type: "button", onclick: () => location.reload() });
    again.textContent = _("Go on in this window");
    const notice = el("section", { class: "card still", role: "alert" });
    notice.append(
      el("h1", { text: _("The exam page is open in another window") }),
      el("p", { text: _("Only the newest window takes answers. Nothing is lost; go on there, or here.") }),
      again,
    );
    if (this.#screen !== null) this.#screen.close();
    this.#main.replaceChildren(el("div", { class: "centre" }, notice));
  }
}

async function start() {
  try {
    await loadTexts();
  } catch {
    setTimeout(start, 1000);
    return;
  }
  new App().start();
}

start();
