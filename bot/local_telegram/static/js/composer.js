// The bottom of the chat: the input, what it answers or edits, commands, the bot's keyboard.

import { fill, h, icon } from "./dom.js";
import { fullName, summary } from "./format.js";
import { replyKeyboard } from "./keyboards.js";
import { openUpload, pickFiles, takeDroppedFiles } from "./uploads.js";
import { openPicker } from "./picker.js";

const TALLEST_INPUT = 240;
const COMMAND = /^\/(\w*)$/u;

export class Composer {
  #replyTo = null;
  #editing = null;
  #choice = 0;
  #keyboardHidden = false;
  #shownMarkup = null;

  constructor(store, client) {
    Object.assign(this, { store, client });
    const get = (id) => document.getElementById(id);
    this.footer = get("composer");
    this.form = get("write");
    this.input = get("input");
    this.menuButton = get("command-menu");
    this.keyboardToggle = get("keyboard-toggle");
    this.sendButton = get("send");
    this.attachButton = get("attach");
    this.context = get("context");
    this.commandList = get("commands");
    this.bigButton = get("big-button");
    this.keyboard = get("keyboard");
    fill(this.menuButton, icon("menu"), h("span", {}, "Menu"));
    fill(get("emoji"), icon("smile"));
    fill(this.attachButton, icon("attach"));
    this.#listen();
  }

  #listen() {
    const { store, input } = this;
    store.on("place", () => this.#moved());
    store.on("hello history message chats start", () => this.#renderBottom());
    store.on("history keyboard", (detail) => this.#keyboardChanged(detail));
    store.on("message", () => this.#answerIfAsked());
    store.on("topic", () => this.#renderKeyboard());
    store.on("commands history", () => this.#renderCommands());
    store.on("deleted", ({ message_ids: ids }) => this.#dropContextOf(ids));
    input.addEventListener("input", () => this.#typed());
    input.addEventListener("keydown", (event) => this.#keys(event));
    input.addEventListener("blur", () => setTimeout(() => this.#closeCommands(), 150));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.menuButton.addEventListener("click", () => this.#toggleCommands());
    this.keyboardToggle.addEventListener("click", () => {
      this.#keyboardHidden = !this.#keyboardHidden;
      this.#renderKeyboard();
    });
    this.bigButton.addEventListener("click", () => this.#pressBig());
    this.attachButton.addEventListener("click", () => pickFiles((files, kind) => this.#sendFiles(files, kind)));
    document.getElementById("emoji").addEventListener("click", ({ currentTarget }) =>
      openPicker(currentTarget, {
        insert: (emoji) => this.#insert(emoji),
        sticker: (emoji) => this.client.sendSticker(emoji),
      }),
    );
    takeDroppedFiles(document.getElementById("chat"), input, (files, kind) => this.#sendFiles(files, kind));
  }

  #sendFiles(files, kind) {
    if (!this.#canWrite()) return;
    openUpload(files, kind, this.client, this.#replyTo?.message_id ?? null, () => this.#clearContext());
  }

  #canWrite() {
    const { openChat } = this.store;
    return openChat !== null && !openChat.blocked;
  }

  // --- moving between chats -------------------------------------------------------------

  #moved() {
    this.#replyTo = null;
    this.#editing = null;
    this.#keyboardHidden = false;
    this.input.value = this.store.draft;
    this.#renderContext();
    this.#renderBottom();
    this.#grow();
    this.#renderKeyboard();
    this.#renderCommands();
    this.#closeCommands();
  }

  /** The input, or in its place one large button: to begin, or to unblock. */
  #renderBottom() {
    const kind = this.#bigKind();
    this.footer.dataset.kind = kind ?? "write";
    this.bigButton.hidden = kind === null;
    this.form.hidden = kind !== null;
    this.bigButton.textContent = kind === "restart" ? "Riavvia bot" : "Avvia";
    this.#renderKeyboard();
    this.#renderSend();
  }

  #bigKind() {
    const { store } = this;
    const chat = store.openChat;
    if (!chat || chat.type !== "private") return null;
    if (chat.blocked) return "restart";
    if (store.startPayload !== null) return "start";
    return store.loaded && store.history().length === 0 ? "start" : null;
  }

  #pressBig() {
    if (this.#bigKind() === "restart") this.client.restart();
    else this.client.start();
    this.focus();
  }

  /** Puts the focus into the input, where a keyboard on the screen does not spring up by it. */
  focus() {
    if (window.matchMedia("(pointer: fine)").matches) this.input.focus({ preventScroll: true });
  }

  // --- writing --------------------------------------------------------------------------

  #typed() {
    this.#grow();
    this.#renderSend();
    if (!this.#editing) this.store.keepDraft(this.input.value);
    this.#filterCommands();
  }

  #grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, TALLEST_INPUT)}px`;
  }

  #renderSend() {
    const label = this.#editing ? "Salva la modifica" : "Invia";
    this.sendButton.setAttribute("aria-label", label);
    fill(this.sendButton, icon(this.#editing ? "check" : "send"));
    this.sendButton.classList.toggle("idle", this.input.value.trim() === "");
  }

  #insert(text) {
    this.input.setRangeText(text, this.input.selectionStart, this.input.selectionEnd, "end");
    this.#typed();
  }

  #keys(event) {
    if (event.isComposing) return;
    if (!this.commandList.hidden && this.#commandKeys(event)) return;
    const touch = window.matchMedia("(pointer: coarse)").matches;
    if (event.key === "Enter" && !event.shiftKey && !touch) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === "Escape" && (this.#replyTo || this.#editing)) {
      event.preventDefault();
      this.#clearContext();
    } else if (event.key === "ArrowUp" && this.input.value === "" && !event.ctrlKey) {
      const last = this.store.history().findLast((one) => one.from?.id === this.store.person && one.text);
      if (!last) return;
      event.preventDefault();
      this.edit(last);
    }
  }

  #submit() {
    const text = this.input.value;
    if (!text.trim()) return;
    if (this.#editing) {
      if (text.trim() !== this.#editing.text) this.client.editText(this.#editing.message_id, text);
    } else {
      this.client.sendText(text, this.#replyTo?.message_id ?? null);
      this.input.value = "";
    }
    this.#clearContext();
  }

  // --- answering and editing ------------------------------------------------------------

  reply(message) {
    if (this.#editing) this.#clearContext();
    this.#replyTo = message;
    this.#renderContext();
    this.input.focus();
  }

  edit(message) {
    this.#replyTo = null;
    this.#editing = message;
    this.input.value = message.text;
    this.#renderContext();
    this.#typed();
    this.input.focus();
    this.input.setSelectionRange(message.text.length, message.text.length);
  }

  #clearContext() {
    const edited = this.#editing !== null;
    this.#replyTo = null;
    this.#editing = null;
    if (edited) this.input.value = this.store.draft;
    this.#renderContext();
    this.#typed();
  }

  #dropContextOf(ids) {
    const target = this.#editing ?? this.#replyTo;
    if (target && ids.includes(target.message_id)) this.#clearContext();
  }

  #renderContext() {
    const target = this.#editing ?? this.#replyTo;
    this.context.hidden = target === null;
    this.#renderSend();
    if (!target) return;
    const close = h("button", { type: "button", class: "round small", "aria-label": "Lascia perdere" }, icon("close"));
    close.addEventListener("click", () => this.#clearContext());
    const title = this.#editing ? "Modifica del messaggio" : `Risposta a ${fullName(target.from)}`;
    fill(
      this.context,
      icon(this.#editing ? "edit" : "reply"),
      h("div", { class: "context-words" }, h("strong", {}, title), h("span", {}, summary(target))),
      close,
    );
  }

  // --- commands -------------------------------------------------------------------------

  #renderCommands() {
    const none = this.store.commands.length === 0;
    this.menuButton.hidden = none;
    if (none) this.#closeCommands();
  }

  #toggleCommands() {
    if (this.commandList.hidden) {
      this.#showCommands(this.store.commands, -1);
      this.input.focus({ preventScroll: true });
    } else this.#closeCommands();
  }

  #filterCommands() {
    const typed = COMMAND.exec(this.input.value);
    if (!typed || this.#editing) return this.#closeCommands();
    const matching = this.store.commands.filter(({ command }) => command.startsWith(typed[1].toLowerCase()));
    return this.#showCommands(matching, 0);
  }

  #showCommands(commands, choice) {
    if (commands.length === 0) return this.#closeCommands();
    this.#choice = choice;
    fill(
      this.commandList,
      commands.map(({ command, description }, index) => {
        const option = h(
          "div",
          { id: `command-${index}`, class: "command-option", role: "option", dataset: { command } },
          h("span", { class: "command-name" }, `/${command}`),
          h("span", { class: "command-about" }, description),
        );
        // Held down, not clicked: the input must not lose the focus first.
        option.addEventListener("pointerdown", (event) => event.preventDefault());
        option.addEventListener("click", () => this.#sendCommand(command));
        return option;
      }),
    );
    this.commandList.hidden = false;
    this.menuButton.setAttribute("aria-expanded", "true");
    return this.#markChoice();
  }

  #closeCommands() {
    this.commandList.hidden = true;
    this.menuButton.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  #markChoice() {
    const options = [...this.commandList.children];
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === this.#choice)));
    const chosen = options[this.#choice];
    chosen?.scrollIntoView({ block: "nearest" });
    if (chosen) this.input.setAttribute("aria-activedescendant", chosen.id);
  }

  #commandKeys(event) {
    const options = [...this.commandList.children];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.#choice = (this.#choice + step + options.length) % options.length;
      this.#markChoice();
    } else if (event.key === "Escape") {
      this.#closeCommands();
    } else if (event.key === "Tab" && options[this.#choice]) {
      this.input.value = `/${options[this.#choice].dataset.command} `;
      this.#typed();
    } else if (event.key === "Enter" && options[this.#choice]) {
      this.#sendCommand(options[this.#choice].dataset.command);
    } else {
      return false;
    }
    event.preventDefault();
    return true;
  }

  #sendCommand(command) {
    this.#closeCommands();
    this.input.value = "";
    this.#typed();
    this.client.sendText(`/${command}`);
    this.focus();
  }

  // --- the bot's keyboard ---------------------------------------------------------------

  #keyboardChanged(detail) {
    const { as, chat_id: chat } = detail;
    if (as !== this.store.person || chat !== this.store.chat) return;
    this.#keyboardHidden = false;
    this.#renderKeyboard();
    this.#answerIfAsked();
  }

  /** Where the bot asked for a reply (ForceReply), its last message opens as the one to answer. */
  #answerIfAsked() {
    if (!this.store.keyboard?.force_reply || this.#editing) return;
    const asked = this.store.history().findLast(({ from }) => from?.is_bot);
    if (asked && asked !== this.#replyTo) this.reply(asked);
  }

  #renderKeyboard() {
    const markup = this.store.keyboard;
    const rows = markup?.keyboard ?? null;
    const shown = rows !== null && !this.#keyboardHidden && this.footer.dataset.kind === "write";
    const inGeneral = this.store.topic === null && this.store.topics().length > 0;
    this.input.placeholder = markup?.input_field_placeholder || (inGeneral ? "Messaggio fuori dagli argomenti" : "Messaggio");
    this.keyboardToggle.hidden = rows === null;
    this.keyboardToggle.setAttribute("aria-expanded", String(shown));
    this.keyboardToggle.setAttribute("aria-label", shown ? "Nascondi la tastiera del bot" : "Mostra la tastiera del bot");
    fill(this.keyboardToggle, icon(shown ? "down" : "keyboard"));
    this.keyboard.hidden = !shown;
    if (!shown || markup === this.#shownMarkup) return;
    this.#shownMarkup = markup;
    fill(
      this.keyboard,
      replyKeyboard(markup, (text) => {
        this.client.sendText(text, this.#replyTo?.message_id ?? null);
        this.#clearContext();
        if (markup.one_time_keyboard) this.#keyboardHidden = true;
        this.#renderKeyboard();
      }),
    );
  }
}
