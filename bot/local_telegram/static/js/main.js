// Puts the page together: one store, one connection, and the views that look at them.

import { ChatList } from "./chat_list.js";
import { Client, readAddress } from "./client.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { alertBox, toast } from "./dialogs.js";
import { isNarrow, onWidthChange } from "./dom.js";
import { Header } from "./header.js";
import { HistoryView } from "./history_view.js";
import { Panel } from "./panel.js";
import { Store } from "./store.js";

const store = new Store();
const scheme = location.protocol === "https:" ? "wss" : "ws";
const connection = new Connection(`${scheme}://${location.host}/page/ws`, (event) => store.take(event), connected);
const client = new Client(store, connection);
const composer = new Composer(store, client);
const wanted = readAddress(location.search);
let greeted = false;

new HistoryView(store, client, composer);
new ChatList(store, choose);
new Header(store, client, { leave });
new Panel(store, client);

function connected(online) {
  store.online = online;
  document.getElementById("connection").hidden = online;
  if (!online) store.forgetTaps();
  store.say("online");
}

store.on("hello", () => {
  if (!greeted) arrive();
  // The chat that was open may be gone: a group that became another, say.
  else if (store.chat === null && !isNarrow()) store.goTo(store.person, store.person);
  // After a break the chat may have moved on: its history is asked for again.
  client.open();
  client.sendWaiting();
});
store.on("place", () => {
  client.open();
  const address = new URLSearchParams({ person: store.person, ...(store.chat === null ? {} : { chat: store.chat }) });
  history.replaceState(history.state, "", `?${address}`);
});
store.on("tapped", ({ text, show_alert: alert, url }) => {
  if (url && !client.followLink(url)) window.open(url, "_blank", "noopener");
  if (!text) return;
  if (alert) alertBox(text, store.bot.first_name);
  else toast(text);
});
store.on("error", ({ text }) => toast(text));
store.on("chats mail", () => {
  const unread = store.people.reduce((sum, { id }) => sum + store.unreadOf(id), 0);
  document.title = `${unread ? `(${unread}) ` : ""}${store.bot?.first_name ?? "Telegram di prova"}`;
});
document.addEventListener("visibilitychange", () => !document.hidden && store.markRead());

/** Where the page begins: where the address says, else the first person's chat with the bot. */
function arrive() {
  greeted = true;
  const known = store.people.some(({ id }) => id === wanted.person);
  const person = known ? wanted.person : store.person;
  const asked = store.chatsOf(person).find(({ id }) => id === wanted.chat)?.id ?? null;
  const chat = wanted.start ? person : asked ?? (isNarrow() && !known ? null : person);
  store.goTo(person, store.chats.has(chat) ? chat : null);
  if (wanted.start && store.chat !== null) store.offerStart(store.chat, wanted.start);
  if (store.chat !== null) composer.focus();
}

/** Opens a chat as a person; on a phone, changing the person stays in the list. */
function choose(person, chat, personOnly) {
  const stays = personOnly && isNarrow();
  if (isNarrow() && !stays) history.pushState({ chat }, "");
  store.goTo(person, stays ? null : chat);
  if (!stays && !personOnly) composer.focus();
}

/** Back to the list of chats, on a phone: by the arrow, the system's own way back, or Escape. */
function leave() {
  if (history.state?.chat) history.back();
  else store.goTo(store.person, null);
}
window.addEventListener("popstate", () => isNarrow() && store.goTo(store.person, null));
onWidthChange(() => {
  if (!isNarrow() && store.chat === null && store.person !== null) store.goTo(store.person, store.person);
});

connection.open();
