// The left column: who the person is, and that person's chats.

import { avatar, chatAvatar } from "./avatar.js";
import { fill, h } from "./dom.js";
import { fullName, listTime, serviceText, summary } from "./format.js";

export class ChatList {
  constructor(store, choose) {
    Object.assign(this, { store, choose });
    this.people = document.getElementById("people");
    this.who = document.getElementById("who");
    this.list = document.getElementById("chat-list");
    store.on("hello place chats action", () => this.render());
    store.on("hello place", () => this.#showWho());
    for (const [list, kind] of [[this.people, "Left Right"], [this.list, "Up Down"]]) {
      const [back, on] = kind.split(" ").map((way) => `Arrow${way}`);
      list.addEventListener("keydown", (event) => walk(list, event, { [back]: -1, [on]: 1 }));
    }
  }

  render() {
    const { store } = this;
    if (!store.bot) return;
    keepingFocus(this.people, () => fill(this.people, store.people.map((person) => this.#person(person))));
    const { me } = store;
    fill(this.who, h("strong", {}, fullName(me)), me?.note ? ` · ${me.note}` : "");
    keepingFocus(this.list, () => fill(this.list, store.chatsOf(store.person).map((chat) => this.#chat(chat))));
  }

  /** Brings the one whom the page is into sight. */
  #showWho() {
    this.people.querySelector("[aria-pressed=true]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  #person(person) {
    const current = person.id === this.store.person;
    const unread = current ? 0 : this.store.unreadOf(person.id);
    const name = fullName(person);
    return h(
      "button",
      {
        type: "button",
        class: "person",
        dataset: { key: person.id },
        "aria-pressed": String(current),
        title: person.note ? `${name}: ${person.note}` : name,
        // Where they were last spoken to: for some that is a group.
        onclick: () => this.choose(person.id, this.store.chatsOf(person.id)[0]?.id ?? person.id, true),
      },
      h("span", { class: "ring" }, avatar(person.id, name), unread ? badge(unread) : null),
      h("span", { class: "person-name" }, person.first_name),
      h("span", { class: "hidden" }, ` ${person.last_name ?? ""}`),
    );
  }

  #chat(chat) {
    const { store } = this;
    const title = store.titleOf(chat);
    const unread = store.unread(store.person, chat.id);
    return h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          class: "chat-entry",
          dataset: { key: chat.id },
          "aria-current": chat.id === store.chat ? "true" : null,
          onclick: () => this.choose(store.person, chat.id, false),
        },
        chatAvatar(chat, title, "large"),
        h("span", { class: "entry-title" }, title),
        h("span", { class: "entry-time" }, chat.last ? listTime(chat.last.date) : ""),
        this.#preview(chat),
        unread ? badge(unread) : null,
      ),
    );
  }

  #preview(chat) {
    const { store } = this;
    const draft = chat.id === store.chat ? "" : store.draftOf(store.person, chat.id);
    if (store.action(chat.id)) return h("span", { class: "entry-last typing" }, "sta scrivendo…");
    if (draft) return h("span", { class: "entry-last" }, h("span", { class: "draft" }, "Bozza: "), draft);
    if (!chat.last) return h("span", { class: "entry-last" }, "Nessun messaggio");
    return h("span", { class: "entry-last" }, h("span", { class: "entry-from" }, this.#from(chat)), summary(chat.last));
  }

  #from({ type, last }) {
    if (serviceText(last)) return "";
    if (last.from?.id === this.store.person) return "Tu: ";
    return type === "private" ? "" : `${last.from?.first_name ?? ""}: `;
  }
}

const badge = (unread) =>
  h("span", { class: "badge" }, String(unread), h("span", { class: "hidden" }, " da leggere "));

/** Redraws a list without taking the focus from the one who walks in it. */
function keepingFocus(list, draw) {
  const held = list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  draw();
  if (held !== null) list.querySelector(`[data-key="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
}

function walk(list, event, steps) {
  const step = steps[event.key];
  if (!step) return;
  const buttons = [...list.querySelectorAll("button")];
  const next = buttons[buttons.indexOf(document.activeElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
