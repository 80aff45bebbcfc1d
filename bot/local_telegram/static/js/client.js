// What the person does, said to the server.

import { toast } from "./dialogs.js";

const LONGEST_TEXT = 4096;
const START_PAYLOAD = /^[\w-]{1,64}$/u;

export class Client {
  #tapNumber = 0;

  constructor(store, connection) {
    this.store = store;
    this.connection = connection;
  }

  /** Asks for the open chat's history. */
  open() {
    if (this.store.chat !== null) this.connection.send({ type: "open", ...this.#here() });
  }

  #here() {
    const { person, chat, topic } = this.store;
    return { as: person, chat_id: chat, ...(topic ? { message_thread_id: topic } : {}) };
  }

  /** Sends text; longer than a message may be, it goes in several, as Telegram's apps do. */
  sendText(text, replyTo = null) {
    const signs = [...text.trim()];
    for (let at = 0; at < signs.length; at += LONGEST_TEXT) {
      const event = {
        type: "send_text",
        ...this.#here(),
        text: signs.slice(at, at + LONGEST_TEXT).join(""),
        ...(replyTo && at === 0 ? { reply_to: replyTo } : {}),
      };
      if (!this.connection.send(event)) this.store.keepWaiting(event);
    }
  }

  /** Sends what was written while the connection was down. */
  sendWaiting() {
    for (const event of this.store.takeWaiting()) {
      if (!this.connection.send(event)) this.store.keepWaiting(event);
    }
  }

  editText(messageId, text) {
    this.#sendOrSay({ type: "edit_text", ...this.#here(), message_id: messageId, text: text.trim() });
  }

  sendSticker(emoji) {
    this.#sendOrSay({ type: "send_sticker", ...this.#here(), emoji });
  }

  tap(messageId, data) {
    this.#tapNumber += 1;
    const requestId = `${Date.now().toString(36)}-${this.#tapNumber}`;
    const tap = { chat_id: this.store.chat, message_id: messageId, data };
    const event = { type: "tap", ...this.#here(), message_id: messageId, data, request_id: requestId };
    if (!this.#sendOrSay(event)) return;
    this.store.tapStarted(requestId, tap);
    this.store.say("tapped", tap);
  }

  block() {
    this.#sendOrSay({ type: "block", ...this.#here() });
  }

  /** «Riavvia bot»: unblocks it and greets it anew. */
  restart() {
    if (this.#sendOrSay({ type: "unblock", ...this.#here() })) this.sendText("/start");
  }

  /** «Avvia», with the payload of the link that led here, if there was one. */
  start() {
    const payload = this.store.startPayload;
    this.store.forgetStart();
    this.sendText(payload ? `/start ${payload}` : "/start");
  }

  panelAction(name) {
    this.#sendOrSay({ type: "panel_action", name });
  }

  #sendOrSay(event) {
    const sent = this.connection.send(event);
    if (!sent) toast("Connessione assente: riprova fra un momento");
    return sent;
  }

  /**
   * Opens a link into the bot inside the page.
   * @param {string} url any address
   * @param {number} person who follows it
   * @returns {boolean} true where it led to the bot, and nothing else is to be done
   */
  followLink(url, person = this.store.person) {
    const payload = botLink(url, this.store.bot?.username);
    if (payload === null) return false;
    this.store.goTo(person, person);
    if (payload) this.store.offerStart(this.store.chat, payload);
    return true;
  }

  /**
   * Uploads a picture or a file into the open chat.
   * @param {File} file what to send
   * @param {"photo" | "document"} kind how
   * @param {string} caption words under it, or empty
   * @param {number | null} replyTo the message that it answers
   * @throws {Error} with words for the person, where the server refused it
   */
  async upload(file, kind, caption, replyTo = null) {
    const form = new FormData();
    for (const [name, value] of Object.entries(this.#here())) form.append(name, String(value));
    form.append("kind", kind);
    if (caption.trim()) form.append("caption", caption.trim());
    if (replyTo) form.append("reply_to", String(replyTo));
    form.append("file", file, file.name || (kind === "photo" ? "foto.jpg" : "documento"));
    let answer;
    try {
      answer = await fetch("/page/upload", { method: "POST", body: form });
    } catch {
      throw new Error("Connessione assente: il file non è partito");
    }
    if (answer.ok) return;
    const reason = await answer.json().catch(() => ({}));
    if (answer.status === 413) throw new Error("Il file supera i 50 MB");
    throw new Error(reason.error || "Il file non è stato accettato");
  }
}

/** The start payload of a link into the bot (empty: none), or null where it leads elsewhere. */
function botLink(url, username) {
  let address;
  try {
    address = new URL(url);
  } catch {
    return null;
  }
  const named = address.protocol === "tg:"
    ? address.searchParams.get("domain")
    : /^(www\.)?(t|telegram)\.me$/u.test(address.hostname) && address.pathname.slice(1);
  if (!username || named?.toLowerCase?.() !== username.toLowerCase()) return null;
  const payload = address.searchParams.get("start") ?? "";
  return START_PAYLOAD.test(payload) ? payload : "";
}

/** Reads `person`, `chat` and `start` from the page's own address. */
export function readAddress(search) {
  const words = new URLSearchParams(search);
  const number = (name) => (/^-?\d+$/u.test(words.get(name) ?? "") ? Number(words.get(name)) : null);
  const start = words.get("start") ?? "";
  return { person: number("person"), chat: number("chat"), start: START_PAYLOAD.test(start) ? start : null };
}
