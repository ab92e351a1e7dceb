// The WebSocket to the agent on this PC: views in, intents out, reconnecting by itself. Knows no meaning of either.

const RETRY_FIRST = 300;
const RETRY_MOST = 2000;
const REPLACED = 4001;

export class AgentLink {
  #socket = null;
  #retry = RETRY_FIRST;
  #handlers;

  /** `handlers`: view(view), open(), lost(), replaced(). */
  constructor(handlers) {
    this.#handlers = handlers;
  }

  connect() {
    const socket = new WebSocket(`ws://${location.host}/ws`);
    this.#socket = socket;
    socket.addEventListener("open", () => {
      this.#retry = RETRY_FIRST;
      this.#handlers.open();
    });
    socket.addEventListener("message", (event) => this.#handlers.view(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => this.#closed(socket, event.code));
  }

  /** Sends one intent; false when there is no connection. */
  send(intent) {
    if (this.#socket === null || this.#socket.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(intent));
    return true;
  }

  #closed(socket, code) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    if (code === REPLACED) {
      this.#handlers.replaced();
      return;
    }
    this.#handlers.lost();
    setTimeout(() => this.connect(), this.#retry);
    this.#retry = Math.min(RETRY_MOST, this.#retry * 2);
  }
}
