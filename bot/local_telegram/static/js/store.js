// What the page knows: people, chats, messages. Views listen to it and never to each other.

const key = (person, chat) => `${person}:${chat}`;
const ACTION_LIVES = 5_500;

export class Store extends EventTarget {
  bot = null;
  people = [];
  chats = new Map();
  /** @type {Map<number, Map<number, object>>} messages by chat, then by id */
  messages = new Map();
  /** Who the page is now, and which chat is open (null: the list, on a phone). */
  person = null;
  chat = null;
  /** The forum topic that is shown; null shows all. */
  topic = null;
  panel = null;
  mails = [];
  online = false;

  #keyboards = new Map();
  #commands = new Map();
  #unread = new Map();
  #drafts = new Map(JSON.parse(sessionStorage.getItem("drafts") ?? "[]"));
  #actions = new Map();
  #seenUpTo = new Map();
  #taps = new Map();
  #waiting = [];
  #readMails = new Set(JSON.parse(sessionStorage.getItem("mails") ?? "[]"));
  #startPayloads = new Map();
  #reactions = new Map();
  #topics = new Map();
  #newsIn = new Set();
  #topicChosen = false;

  say(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  on(types, listener) {
    for (const type of types.split(" ")) this.addEventListener(type, ({ detail }) => listener(detail, type));
  }

  // --- what the server says -------------------------------------------------------------

  /** Takes one event of the protocol (PROTOCOL.md) in. Unknown ones are passed by. */
  take(event) {
    switch (event.type) {
      case "hello":
        return this.#hello(event);
      case "history":
        return this.#history(event);
      case "message":
        return this.#message(event);
      case "edited":
        return this.#edited(event);
      case "deleted":
        return this.#deleted(event);
      case "reply_keyboard":
        this.#keyboards.set(key(event.as, event.chat_id), event.markup);
        return this.say("keyboard", event);
      case "commands":
        this.#commands.set(key(event.as, event.chat_id), event.commands);
        return this.say("commands", event);
      case "action":
        return this.#action(event);
      case "blocked":
        this.#patch(event.chat_id, { blocked: event.blocked });
        return this.say("chats");
      case "tap_answered":
        return this.#answered(event);
      case "panel":
        this.panel = { ...event, arrived: performance.now() };
        return this.say("panel");
      case "mail":
        return this.#mail(event);
      case "reactions":
        this.#reactions.set(key(event.chat_id, event.message_id), event.reactions);
        return this.say("edited", { chat_id: event.chat_id });
      case "error":
        this.#answered({ ...event, text: "" });
        return this.say("error", event);
      default:
        return undefined;
    }
  }

  #hello(event) {
    this.bot = event.bot;
    this.people = event.people;
    this.chats = new Map(event.chats.map((chat) => [chat.id, chat]));
    this.panel = event.panel ? { ...event.panel, arrived: performance.now() } : null;
    if (!this.people.some(({ id }) => id === this.person)) this.person = this.people[0]?.id ?? null;
    if (!this.chats.has(this.chat)) this.chat = null;
    this.say("hello");
    this.say("panel");
    this.#mail(event);
  }

  #history(event) {
    if (event.as !== this.person) return;
    this.messages.set(event.chat_id, new Map(event.messages.map((one) => [one.message_id, one])));
    this.#keyboards.set(key(event.as, event.chat_id), event.reply_keyboard);
    this.#commands.set(key(event.as, event.chat_id), event.commands ?? []);
    this.#topics.set(
      event.chat_id,
      new Map((event.topics ?? []).map((topic) => [topic.message_thread_id, topic])),
    );
    this.#patch(event.chat_id, { blocked: event.blocked, last: event.messages.at(-1) ?? null });
    this.#enterTopic(event.chat_id, event.messages);
    this.#markSeen(event.chat_id, event.messages.findLast(({ from }) => from?.is_bot)?.message_id);
    this.say("history", event);
    this.say("chats");
  }

  #message({ chat_id: chat, message }) {
    this.messages.get(chat)?.set(message.message_id, message);
    this.#patch(chat, { last: message });
    this.#followTopic(chat, message);
    if (this.#enterTopic(chat, [message])) this.say("topic");
    if (message.from?.is_bot) {
      this.#actions.delete(chat);
      this.#markSeen(chat, message.message_id);
    }
    for (const person of this.chats.get(chat)?.person_ids ?? []) {
      const looked = person === this.person && chat === this.chat && !document.hidden;
      if (person === message.from?.id || looked) continue;
      this.#unread.set(key(person, chat), this.unread(person, chat) + 1);
    }
    this.say("message", { chat_id: chat, message });
    this.say("chats");
  }

  #edited({ chat_id: chat, message }) {
    const known = this.messages.get(chat);
    if (known?.has(message.message_id)) known.set(message.message_id, message);
    if (this.chats.get(chat)?.last?.message_id === message.message_id) this.#patch(chat, { last: message });
    this.say("edited", { chat_id: chat, message });
    this.say("chats");
  }

  #deleted({ chat_id: chat, message_ids: ids }) {
    const known = this.messages.get(chat);
    for (const id of ids) known?.delete(id);
    if (known && ids.includes(this.chats.get(chat)?.last?.message_id)) {
      this.#patch(chat, { last: [...known.values()].at(-1) ?? null });
    }
    this.say("deleted", { chat_id: chat, message_ids: ids });
    this.say("chats");
  }

  /** A forum opens where something was said last: what is written there has somebody to go to. */
  #enterTopic(chat, messages) {
    const topics = this.#topics.get(chat);
    if (chat !== this.chat || this.#topicChosen || !topics?.size) return false;
    const last = messages.findLast(({ message_thread_id: id }) => topics.has(id));
    if (!last) return false;
    this.#topicChosen = true;
    this.topic = last.message_thread_id;
    this.#newsIn.delete(key(chat, this.topic));
    return true;
  }

  #followTopic(chat, message) {
    const topics = this.#topics.get(chat);
    const id = message.message_thread_id;
    if (!topics || id === undefined) return;
    if (message.forum_topic_created) {
      topics.set(id, { message_thread_id: id, name: message.forum_topic_created.name, closed: false });
    }
    const topic = topics.get(id);
    if (!topic) return;
    if (message.forum_topic_edited?.name) topic.name = message.forum_topic_edited.name;
    if (message.forum_topic_closed) topic.closed = true;
    if (message.forum_topic_reopened) topic.closed = false;
    const looked = chat === this.chat && id === this.topic && !document.hidden;
    if (!looked && message.from?.id !== this.person) this.#newsIn.add(key(chat, id));
  }

  #action({ chat_id: chat, action }) {
    const until = performance.now() + ACTION_LIVES;
    this.#actions.set(chat, { action, until });
    this.#markSeen(chat, Infinity);
    setTimeout(() => this.say("action", { chat_id: chat }), ACTION_LIVES + 50);
    this.say("action", { chat_id: chat });
  }

  #answered(event) {
    const tap = this.#taps.get(event.request_id);
    this.#taps.delete(event.request_id);
    if (tap) this.say("tapped", { ...event, ...tap });
  }

  #mail(event) {
    const known = new Set(this.mails.map(({ id }) => id));
    const first = this.mails.length === 0 && !this.mailSeenOnce;
    this.mailSeenOnce = true;
    this.mails = event.mails;
    const fresh = first ? [] : event.mails.filter(({ id }) => !known.has(id));
    this.say("mail", { fresh });
  }

  #patch(id, change) {
    const chat = this.chats.get(id);
    if (chat) this.chats.set(id, { ...chat, ...change });
  }

  // --- what was seen --------------------------------------------------------------------

  #markSeen(chat, upTo) {
    if (upTo === undefined) return;
    const last = upTo === Infinity ? Math.max(0, ...(this.messages.get(chat)?.keys() ?? [])) : upTo;
    if (last > (this.#seenUpTo.get(chat) ?? 0)) this.#seenUpTo.set(chat, last);
  }

  /** The bot has shown that it read this message: it wrote, or did something, after it. */
  seen = (chat, messageId) => messageId <= (this.#seenUpTo.get(chat) ?? 0);

  unread = (person, chat) => this.#unread.get(key(person, chat)) ?? 0;

  unreadOf(person) {
    return this.chatsOf(person).reduce((sum, { id }) => sum + this.unread(person, id), 0);
  }

  markRead() {
    if (this.chat === null || !this.#unread.delete(key(this.person, this.chat))) return;
    this.say("chats");
  }

  unreadMails = () => this.mails.filter(({ id }) => !this.#readMails.has(id)).length;

  markMailsRead() {
    if (this.unreadMails() === 0) return;
    for (const { id } of this.mails) this.#readMails.add(id);
    sessionStorage.setItem("mails", JSON.stringify([...this.#readMails]));
    this.say("mail", { fresh: [] });
  }

  // --- questions of the views -----------------------------------------------------------

  get me() {
    return this.people.find(({ id }) => id === this.person) ?? null;
  }

  get openChat() {
    return this.chats.get(this.chat) ?? null;
  }

  /** The chats of one person, the latest first. */
  chatsOf(person) {
    return [...this.chats.values()]
      .filter((chat) => chat.id === person || chat.person_ids?.includes(person))
      .sort((one, other) => (other.last?.date ?? 0) - (one.last?.date ?? 0) || other.id - one.id);
  }

  titleOf = (chat) => (chat.type === "private" ? this.bot.first_name : chat.title);

  history() {
    const all = [...(this.messages.get(this.chat)?.values() ?? [])];
    return all.sort((one, other) => one.message_id - other.message_id);
  }

  get loaded() {
    return this.messages.has(this.chat);
  }

  message = (id) => this.messages.get(this.chat)?.get(id) ?? null;

  get keyboard() {
    return this.#keyboards.get(key(this.person, this.chat)) ?? null;
  }

  get commands() {
    return this.#commands.get(key(this.person, this.chat)) ?? [];
  }

  action(chat) {
    const known = this.#actions.get(chat);
    return known && known.until > performance.now() ? known.action : null;
  }

  /** The topics of the open chat: message_thread_id, name, closed. Empty where it is no forum. */
  topics = () => [...(this.#topics.get(this.chat)?.values() ?? [])];

  /** Whether something was said in a topic of the open chat that nobody has looked at. */
  hasNews = (id) => this.#newsIn.has(key(this.chat, id));

  /** The bot's reactions to a message of the open chat, as emoji. */
  reactions = (messageId) => this.#reactions.get(key(this.chat, messageId)) ?? [];

  // --- where the person is --------------------------------------------------------------

  goTo(person, chat) {
    const changed = person !== this.person || chat !== this.chat;
    this.person = person;
    this.chat = chat;
    if (changed) {
      this.topic = null;
      this.#topicChosen = false;
    }
    this.#unread.delete(key(person, chat));
    this.say("place");
    this.say("chats");
  }

  showTopic(id) {
    this.topic = id;
    this.#topicChosen = true;
    this.#newsIn.delete(key(this.chat, id));
    this.say("topic");
  }

  // --- drafts, taps, words that wait for the connection -----------------------------------

  get draft() {
    return this.draftOf(this.person, this.chat);
  }

  draftOf = (person, chat) => this.#drafts.get(key(person, chat)) ?? "";

  keepDraft(text) {
    if (this.chat === null) return;
    const place = key(this.person, this.chat);
    if (text.trim()) this.#drafts.set(place, text);
    else this.#drafts.delete(place);
    sessionStorage.setItem("drafts", JSON.stringify([...this.#drafts]));
  }

  /** The connection broke: whatever was tapped gets no answer any more. */
  forgetTaps() {
    const taps = [...this.#taps.values()];
    this.#taps.clear();
    for (const tap of taps) this.say("tapped", { ...tap, text: "" });
  }

  tapStarted(requestId, tap) {
    this.#taps.set(requestId, tap);
  }

  /** True while this button waits for the bot's answer. */
  isTapped(chat, messageId, data) {
    return [...this.#taps.values()].some(
      (tap) => tap.chat_id === chat && tap.message_id === messageId && tap.data === data,
    );
  }

  keepWaiting(event) {
    this.#waiting.push(event);
    this.say("waiting");
  }

  /** What was written with no connection, in the open chat. */
  waitingHere() {
    return this.#waiting.filter((event) => event.as === this.person && event.chat_id === this.chat);
  }

  takeWaiting() {
    const events = this.#waiting;
    this.#waiting = [];
    if (events.length > 0) this.say("waiting");
    return events;
  }

  offerStart(chat, payload) {
    this.#startPayloads.set(chat, payload);
    this.say("start");
  }

  get startPayload() {
    return this.#startPayloads.get(this.chat) ?? null;
  }

  forgetStart() {
    if (this.#startPayloads.delete(this.chat)) this.say("start");
  }
}
