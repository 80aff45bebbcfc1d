// The top of the chat: whom one talks to, what they are doing, topics, and the ways out.

import { chatAvatar } from "./avatar.js";
import { confirmBox, alertBox, openMenu } from "./dialogs.js";
import { fill, h, icon } from "./dom.js";
import { actionText, counted } from "./format.js";

export class Header {
  constructor(store, client, { leave }) {
    Object.assign(this, { store, client });
    this.face = document.getElementById("chat-face");
    this.title = document.getElementById("chat-title");
    this.status = document.getElementById("chat-status");
    this.topics = document.getElementById("topics");
    this.more = document.getElementById("more");
    const back = document.getElementById("back");
    fill(back, icon("back"));
    fill(this.more, icon("more"));
    back.addEventListener("click", leave);
    this.more.addEventListener("click", () => this.#openMore());
    store.on("hello place chats action online", () => this.render());
    store.on("place history message topic", () => this.#renderTopics());
    this.topics.addEventListener("keydown", (event) => this.#topicKeys(event));
  }

  render() {
    const { store } = this;
    const chat = store.openChat;
    document.body.classList.toggle("chat-open", chat !== null);
    if (!chat) return;
    const title = store.titleOf(chat);
    fill(this.face, chatAvatar(chat, title));
    this.title.textContent = title;
    const action = store.action(chat.id);
    this.status.classList.toggle("busy", Boolean(action) || !store.online);
    if (!store.online) fill(this.status, "connessione…");
    else if (action) fill(this.status, actionText(action), dots());
    else if (chat.type === "private") fill(this.status, "bot");
    else fill(this.status, counted((chat.person_ids?.length ?? 0) + 1, "membro", "membri"));
  }

  #openMore() {
    const { store, client } = this;
    const chat = store.openChat;
    const box = this.more.getBoundingClientRect();
    const items = [{ label: "Informazioni", icon: "file", run: () => this.#about(chat) }];
    if (chat.type === "private" && !chat.blocked) {
      items.push({
        label: "Blocca il bot",
        icon: "block",
        danger: true,
        run: async () => {
          const sure = await confirmBox("Blocca il bot", "Non potrà più scriverti finché non lo riavvii.", "Blocca");
          if (sure) client.block();
        },
      });
    }
    openMenu(items, { x: box.right - 220, y: box.bottom + 4 }, "Altre azioni sulla chat");
  }

  #about(chat) {
    const { bot } = this.store;
    const words = chat.type === "private"
      ? [`@${bot.username}`, bot.short_description || bot.description].filter(Boolean).join("\n\n")
      : this.store.people.filter(({ id }) => chat.person_ids?.includes(id)).map(({ first_name: name }) => name).join(", ");
    alertBox(words, this.store.titleOf(chat));
  }

  #renderTopics() {
    const topics = this.store.topics();
    const { topic } = this.store;
    this.topics.hidden = topics.length === 0;
    const tab = (id, name, closed) =>
      h(
        "button",
        {
          type: "button",
          class: "topic",
          role: "tab",
          "aria-selected": String(topic === id),
          tabindex: topic === id ? "0" : "-1",
          onclick: () => this.store.showTopic(id),
        },
        id !== null && this.store.hasNews(id)
          ? h("span", { class: "topic-news" }, h("span", { class: "hidden" }, "da leggere: "))
          : null,
        name,
        closed ? h("span", { class: "topic-closed" }, " · chiuso") : null,
      );
    const held = this.topics.contains(document.activeElement);
    fill(
      this.topics,
      tab(null, "Tutti", false),
      topics.map((one) => tab(one.message_thread_id, one.name ?? `#${one.message_thread_id}`, one.closed)),
    );
    const shown = this.topics.querySelector("[aria-selected=true]");
    shown?.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (held) shown?.focus();
  }

  #topicKeys(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const tabs = [...this.topics.children];
    tabs[tabs.indexOf(document.activeElement) + step]?.click();
  }
}

const dots = () => h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
