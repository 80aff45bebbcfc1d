// The messages of the open chat: laid out by day, changed in place, followed to the end.

import { bubble } from "./bubble.js";
import { avatar, botAvatar } from "./avatar.js";
import { copyText, fadeOut, openMenu } from "./dialogs.js";
import { fill, h, icon, isCalm, ticks } from "./dom.js";
import { dayKey, dayLabel, fullName, serviceText } from "./format.js";
import { showWaiting } from "./keyboards.js";

const NEAR_THE_END = 80;
const LONG_PRESS = 500;
const SAME_BREATH = 15 * 60;
// For so long after a hand's last move a scroll is that hand's: a wheel and a flick run on.
const HAND_RUNS_ON = 1_000;

export class HistoryView {
  #rows = new Map();
  #days = new Map();
  #following = true;
  #top = 0;
  #hand = -Infinity;
  #below = 0;
  #place = null;
  #rest = null;

  /**
   * @param {import("./store.js").Store} store what the page knows
   * @param {import("./client.js").Client} client what the person does
   * @param {{reply: (message: object) => void, edit: (message: object) => void}} composer what
   *   answers and edits
   */
  constructor(store, client, composer) {
    Object.assign(this, { store, client, composer });
    this.scroller = document.getElementById("history");
    this.log = document.getElementById("messages");
    this.intro = document.getElementById("intro");
    this.waiting = document.getElementById("waiting");
    this.toEnd = document.getElementById("to-end");
    this.acts = {
      onCommand: (words) => client.sendText(words),
      onLink: (url) => client.followLink(url),
      showMessage: (id) => this.show(id),
      openMenu: (button) => {
        const { left, bottom } = button.getBoundingClientRect();
        this.#openMenu(this.#messageOf(button), { x: left, y: bottom + 4 });
      },
    };
    this.#listen();
  }

  #listen() {
    const { store } = this;
    store.on("place topic history", () => this.#reopen());
    store.on("message", (detail) => this.#arrived(detail));
    store.on("edited deleted action", ({ chat_id: chat }) => chat === store.chat && this.render());
    store.on("hello", () => this.render());
    store.on("waiting", () => this.#renderWaiting());
    store.on("tapped", (tap) => this.#showTap(tap));
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    for (const name of ["wheel", "touchmove", "keydown", "pointerdown"]) {
      const noted = () => (this.#hand = performance.now());
      this.scroller.addEventListener(name, noted, { passive: true });
    }
    this.toEnd.addEventListener("click", () => this.#goToEnd(!isCalm()));
    // Pictures that load, keyboards that open, windows that turn: the end stays in sight.
    const keep = new ResizeObserver(() => this.#following && this.#goToEnd(false));
    keep.observe(this.scroller);
    keep.observe(this.log);
    this.scroller.addEventListener("keydown", (event) => this.#keys(event));
    this.scroller.addEventListener("contextmenu", (event) => this.#menuAtPointer(event));
    this.scroller.addEventListener("dblclick", (event) => this.#replyByDoubleClick(event));
    this.#listenForLongPress();
  }

  // --- drawing --------------------------------------------------------------------------

  #reopen() {
    const place = `${this.store.person}:${this.store.chat}:${this.store.topic}`;
    const moved = place !== this.#place;
    this.#place = place;
    if (moved) {
      for (const day of this.#days.values()) day.remove();
      this.#rows.clear();
      this.#days.clear();
      this.#following = true;
    }
    // A whole history is not news: screen readers are told of what comes after it.
    this.log.setAttribute("aria-live", "off");
    this.render(false);
    this.#renderWaiting();
    if (this.#following) this.#goToEnd(false);
    setTimeout(() => this.log.setAttribute("aria-live", "polite"), 300);
  }

  #arrived({ chat_id: chat, message }) {
    if (chat !== this.store.chat || !this.store.loaded) return;
    const own = message.from?.id === this.store.person;
    this.render();
    if (own) {
      this.#following = true;
      this.#goToEnd(false);
    } else if (!this.#following) {
      this.#below += 1;
      this.#showArrow();
    }
  }

  #visible() {
    const { topic } = this.store;
    const all = this.store.loaded ? this.store.history() : [];
    return topic === null ? all : all.filter((message) => message.message_thread_id === topic);
  }

  /** Brings the page in line with the store, touching only what changed. */
  render(lively = true) {
    const messages = this.#visible();
    const present = new Set(messages.map(({ message_id: id }) => id));
    for (const [id, row] of this.#rows) {
      if (present.has(id)) continue;
      this.#rows.delete(id);
      lively ? fadeOut(row.node) : row.node.remove();
    }
    const days = Map.groupBy(messages, ({ date }) => dayKey(date));
    this.#dropEmptyDays(days);
    let dayBefore = null;
    for (const [key, ofDay] of days) {
      const section = this.#day(key, ofDay[0].date);
      place(section, this.log, dayBefore);
      dayBefore = section;
      let before = section.firstElementChild;
      ofDay.forEach((message, index) => {
        const row = this.#row(message, ofDay[index - 1], ofDay[index + 1], lively);
        place(row, section, before);
        before = row;
      });
    }
    this.#renderIntro(messages);
  }

  #dropEmptyDays(days) {
    for (const [key, section] of this.#days) {
      if (days.has(key)) continue;
      this.#days.delete(key);
      fadeOut(section);
    }
  }

  #day(key, date) {
    if (!this.#days.has(key)) {
      const label = h("div", { class: "day-label" }, h("span", {}, dayLabel(date)));
      this.#days.set(key, h("section", { class: "day" }, label));
    }
    return this.#days.get(key);
  }

  #row(message, previous, next, lively) {
    const { store } = this;
    const id = message.message_id;
    const own = message.from?.id === store.person;
    const group = store.openChat?.type !== "private";
    const seen = own && store.seen(store.chat, id);
    const reactions = store.reactions(id);
    const drawn = reactions.join("");
    let row = this.#rows.get(id);
    // Only the ticks: what has been read out once is not to be read out again.
    if (row?.seen === false && seen) row.node.querySelector(".ticks")?.replaceWith(ticks(true));
    if (!row || row.message !== message || row.drawn !== drawn) {
      const changed = row && row.message !== message && lively && !isCalm();
      row ??= { node: h("div", { tabindex: "-1", dataset: { message: id } }), fresh: true };
      const acts = {
        ...this.acts,
        isTapped: (data) => store.isTapped(store.chat, id, data),
        tap: (data) => this.client.tap(id, data),
      };
      const focused = focusIn(row.node);
      fill(row.node, bubble(message, { own, group, seen, reactions, acts }));
      if (group && !own && !serviceText(message)) row.node.prepend(this.#face(message));
      restoreFocus(row.node, focused);
      if (changed) replay(row.node, "changed");
      Object.assign(row, { message, drawn });
      this.#rows.set(id, row);
    }
    row.seen = seen;
    const service = serviceText(message) !== null;
    const kinds = [
      "row",
      service ? "service-row" : own ? "own" : "in",
      group && "in-group",
      together(previous, message) ? "" : "first",
      together(message, next) ? "" : "last",
      row.fresh && lively && !isCalm() && "entering",
      row.node.classList.contains("changed") && "changed",
    ];
    row.node.className = kinds.filter(Boolean).join(" ");
    row.fresh = false;
    return row.node;
  }

  #face(message) {
    const { from } = message;
    if (from?.id === this.store.bot?.id) return botAvatar("small");
    return avatar(from?.id, fullName(from), "small");
  }

  /** In a private chat with nothing in it: what the bot says of itself. */
  #renderIntro(messages) {
    const { store } = this;
    const empty = store.loaded && messages.length === 0 && store.openChat?.type === "private";
    this.intro.hidden = !empty;
    if (!empty) return;
    const text = store.bot.description || "Qui non c’è ancora nessun messaggio.";
    fill(this.intro, h("h3", {}, "Che cosa può fare questo bot?"), h("p", {}, text));
  }

  #renderWaiting() {
    fill(
      this.waiting,
      this.store.waitingHere().map((event) =>
        h(
          "div",
          { class: "row own first last" },
          h(
            "div",
            { class: "bubble" },
            h(
              "div",
              { class: "words", dir: "auto" },
              event.text,
              h("span", { class: "meta" }, h("span", { class: "hidden" }, "in attesa di invio"), icon("clock")),
            ),
          ),
        ),
      ),
    );
    if (this.#following) this.#goToEnd(false);
  }

  #showTap(tap) {
    if (tap.chat_id !== this.store.chat) return;
    const row = this.#rows.get(tap.message_id)?.node;
    for (const button of row?.querySelectorAll("[data-tap]") ?? []) {
      showWaiting(button, this.store.isTapped(tap.chat_id, tap.message_id, button.dataset.tap));
    }
  }

  // --- scrolling ------------------------------------------------------------------------

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    // Only a hand that scrolls up leaves the end. The browser scrolls up by itself as well, where
    // a keyboard goes away, and a tall answer may come between a scroll and its event.
    const byHand = performance.now() - this.#hand < HAND_RUNS_ON;
    if (scrollHeight - scrollTop - clientHeight < NEAR_THE_END) this.#following = true;
    else if (scrollTop < this.#top && byHand) this.#following = false;
    this.#top = scrollTop;
    if (this.#following) this.#below = 0;
    this.#showArrow();
    this.#floatDays();
  }

  /** The day that floats over the messages goes away when they rest. */
  #floatDays() {
    const { top } = this.scroller.getBoundingClientRect();
    for (const section of this.#days.values()) {
      section.classList.toggle("under", section.getBoundingClientRect().top < top - 4);
    }
    this.scroller.classList.add("scrolling");
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.scroller.classList.remove("scrolling"), 1_200);
  }

  #goToEnd(smoothly) {
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: smoothly ? "smooth" : "instant" });
  }

  #showArrow() {
    this.toEnd.hidden = this.#following;
    const news = this.#below === 1 ? "1 messaggio nuovo" : `${this.#below} messaggi nuovi`;
    this.toEnd.setAttribute("aria-label", this.#below ? `Vai in fondo: ${news}` : "Vai in fondo");
    fill(this.toEnd, icon("down"), this.#below ? h("span", { class: "badge" }, String(this.#below)) : null);
  }

  /** Scrolls to a message and lights it up for a moment. */
  show(id) {
    const row = this.#rows.get(id)?.node;
    if (!row) return;
    this.#hand = performance.now();
    row.scrollIntoView({ block: "center", behavior: isCalm() ? "instant" : "smooth" });
    row.focus({ preventScroll: true });
    replay(row, "lit");
  }

  // --- what a message offers ------------------------------------------------------------

  #messageOf(target) {
    const row = target.closest?.("[data-message]");
    const message = row && this.store.message(Number(row.dataset.message));
    return message && serviceText(message) === null ? { row, message } : null;
  }

  #openMenu({ row, message }, at) {
    const own = message.from?.id === this.store.person;
    const words = message.text ?? message.caption;
    const items = [{ label: "Rispondi", icon: "reply", run: () => this.composer.reply(message) }];
    if (own && message.text) {
      items.push({ label: "Modifica", icon: "edit", run: () => this.composer.edit(message) });
    }
    if (words) items.push({ label: "Copia il testo", icon: "copy", run: () => copyText(words) });
    row.focus({ preventScroll: true });
    openMenu(items, at, "Azioni sul messaggio");
  }

  #menuAtPointer(event) {
    const found = this.#messageOf(event.target);
    const selected = !window.getSelection().isCollapsed;
    if (!found || selected || event.target.closest("a")) return;
    event.preventDefault();
    if (event.pointerType === "touch") return;
    // The keyboard's menu key has no place of its own: the menu then opens on the bubble.
    const box = found.row.getBoundingClientRect();
    const inside = event.clientY >= box.top && event.clientY <= box.bottom && event.clientX > 0;
    this.#openMenu(found, inside ? { x: event.clientX, y: event.clientY } : { x: box.left + 40, y: box.top + 20 });
  }

  #replyByDoubleClick(event) {
    const found = this.#messageOf(event.target);
    if (!found || event.target.closest("button, a, code, .words")) return;
    this.composer.reply(found.message);
  }

  #listenForLongPress() {
    let timer = null;
    const stop = () => clearTimeout(timer);
    this.scroller.addEventListener("pointerdown", (event) => {
      stop();
      const found = event.pointerType === "touch" && this.#messageOf(event.target);
      if (!found || event.target.closest(".inline-keyboard")) return;
      const at = { x: event.clientX, y: event.clientY };
      timer = setTimeout(() => this.#openMenu(found, at), LONG_PRESS);
    });
    for (const name of ["pointerup", "pointercancel", "pointermove"]) {
      this.scroller.addEventListener(name, stop, { passive: true });
    }
  }

  /** Arrows walk through the messages, Enter opens what the one in focus offers. */
  #keys(event) {
    const row = event.target.closest("[data-message]");
    if (event.target !== row && event.target !== this.scroller) return;
    const rows = [...this.log.querySelectorAll("[data-message]:not(.leaving)")];
    const now = rows.indexOf(row);
    const next = {
      ArrowUp: now < 0 ? rows.length - 1 : Math.max(0, now - 1),
      ArrowDown: now < 0 ? rows.length - 1 : Math.min(rows.length - 1, now + 1),
      Home: 0,
      End: rows.length - 1,
    }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      rows[next]?.focus();
    } else if (event.key === "Enter" && row) {
      event.preventDefault();
      const found = this.#messageOf(row);
      const box = row.getBoundingClientRect();
      if (found) this.#openMenu(found, { x: box.left + 40, y: box.top + 20 });
    }
  }
}

/** Two messages that belong together: one sender, one day, no long silence, nothing between. */
function together(one, other) {
  if (!one || !other || serviceText(one) || serviceText(other)) return false;
  return one.from?.id === other.from?.id && other.date - one.date < SAME_BREATH;
}

/** Puts `node` after `before` in `parent`, leaving alone what is there already or on its way out. */
function place(node, parent, before) {
  let next = before ? before.nextElementSibling : parent.firstElementChild;
  while (next?.classList.contains("leaving")) next = next.nextElementSibling;
  if (next !== node) parent.insertBefore(node, next);
}

function replay(node, name) {
  node.classList.remove(name);
  void node.offsetWidth;
  node.classList.add(name);
  node.addEventListener("animationend", () => node.classList.remove(name), { once: true });
}

/** Which control of a row has the focus, so that redrawing the row does not lose it. */
function focusIn(node) {
  if (!node.contains(document.activeElement) || node === document.activeElement) return null;
  return [...node.querySelectorAll("button, a")].indexOf(document.activeElement);
}

function restoreFocus(node, index) {
  if (index === null) return;
  const controls = [...node.querySelectorAll("button, a")];
  (controls[index] ?? controls.at(-1) ?? node).focus({ preventScroll: true });
}
