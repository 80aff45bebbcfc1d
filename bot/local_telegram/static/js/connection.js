// The WebSocket to the local Telegram: it comes back by itself, with growing pauses.

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;

export class Connection {
  #socket = null;
  #pause = FIRST_PAUSE;
  #waiting = null;

  /**
   * @param {string} url the address of the WebSocket
   * @param {(event: object) => void} onEvent each message of the server, already parsed
   * @param {(online: boolean) => void} onState true when connected, false when lost
   */
  constructor(url, onEvent, onState) {
    this.url = url;
    this.onEvent = onEvent;
    this.onState = onState;
    window.addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => !document.hidden && this.#hurry());
  }

  get online() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  open() {
    this.#waiting = null;
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    // Connected is who has heard something: a server that opens and hangs up is not there yet.
    const heard = () => {
      this.#pause = FIRST_PAUSE;
      this.onState(true);
    };
    socket.addEventListener("message", heard, { once: true });
    socket.addEventListener("message", ({ data }) => this.onEvent(JSON.parse(data)));
    socket.addEventListener("close", () => {
      this.onState(false);
      // Half of the pause is left to chance, so that many pages do not come back in step.
      const pause = this.#pause * (0.5 + Math.random() / 2);
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
      this.#waiting = setTimeout(() => this.open(), pause);
    });
  }

  /** Sends `event`; false when there is no connection, and nothing was sent. */
  send(event) {
    if (!this.online) return false;
    this.#socket.send(JSON.stringify(event));
    return true;
  }

  #hurry() {
    if (this.#waiting === null) return;
    clearTimeout(this.#waiting);
    this.#pause = FIRST_PAUSE;
    this.open();
  }
}
