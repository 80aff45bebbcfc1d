// The panel beside the chat: what to try, the clock of the acquisition, the mailbox, the files.

import { closeOnBackdrop, copyText, toast } from "./dialogs.js";
import { fill, h, icon } from "./dom.js";
import { countdown, dayLabel, duration, fileSize, instant, timeOfDay } from "./format.js";

const CODE = /(?<!\d)\d{6}(?!\d)/u;
const WIDE = window.matchMedia("(min-width: 68em)");
const TABS = ["try", "mail", "files"];

export class Panel {
  #openMails = new Set();
  #folded = localStorage.getItem("panel") === "folded";

  constructor(store, client) {
    Object.assign(this, { store, client });
    const get = (id) => document.getElementById(id);
    this.root = get("panel");
    this.toggles = [...document.querySelectorAll(".panel-toggle")];
    this.tabs = TABS.map((name) => get(`tab-${name}`));
    this.pages = TABS.map((name) => get(`page-${name}`));
    this.clock = get("clock");
    fill(get("panel-close"), icon("close"));
    get("panel-close").addEventListener("click", () => this.#fold(true));
    for (const toggle of this.toggles) {
      toggle.addEventListener("click", () => this.#fold(!this.#isFolded()));
    }
    this.tabs.forEach((tab, index) => {
      tab.addEventListener("click", () => this.show(index));
      tab.addEventListener("keydown", (event) => this.#tabKeys(event, index));
    });
    closeOnBackdrop(this.root);
    this.root.addEventListener("close", () => this.#renderToggles());
    WIDE.addEventListener("change", () => this.#arrange());
    store.on("panel", () => this.#render());
    store.on("mail", ({ fresh }) => this.#mailCame(fresh));
    setInterval(() => this.#tick(), 500);
    this.show(0);
    this.#arrange();
  }

  // --- open, folded, a sheet --------------------------------------------------------------

  #isFolded() {
    return !this.root.open;
  }

  /** Beside the chat where there is room, else a sheet that is called. */
  #arrange() {
    if (this.root.open) this.root.close();
    if (WIDE.matches && !this.#folded) this.root.setAttribute("open", "");
    this.#renderToggles();
  }

  #fold(folded) {
    if (folded) this.root.close();
    else if (WIDE.matches) this.root.setAttribute("open", "");
    else this.root.showModal();
    if (WIDE.matches) {
      this.#folded = folded;
      localStorage.setItem("panel", folded ? "folded" : "open");
    }
    this.#renderToggles();
    if (!folded) this.#markMails();
  }

  #renderToggles() {
    const open = this.root.open;
    const unread = this.store.unreadMails();
    document.body.classList.toggle("panel-open", open && WIDE.matches);
    for (const toggle of this.toggles) {
      toggle.setAttribute("aria-expanded", String(open));
      toggle.setAttribute("aria-label", `Pannello di prova${unread ? `, ${unread} e-mail da leggere` : ""}`);
      fill(toggle, icon("panel"), unread ? h("span", { class: "badge" }, String(unread)) : null);
    }
  }

  /** Shows one of the three pages, by its place. */
  show(index) {
    this.tabs.forEach((tab, at) => {
      tab.setAttribute("aria-selected", String(at === index));
      tab.tabIndex = at === index ? 0 : -1;
      this.pages[at].hidden = at !== index;
    });
    this.#markMails();
  }

  #tabKeys(event, index) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = (index + step + this.tabs.length) % this.tabs.length;
    this.show(next);
    this.tabs[next].focus();
  }

  #markMails() {
    const looking = this.root.open && !this.pages[1].hidden;
    if (looking) this.store.markMailsRead();
  }

  // --- the pages ------------------------------------------------------------------------

  #render() {
    const { panel } = this.store;
    document.getElementById("clock-box").hidden = !panel?.next_acquisition;
    fill(document.getElementById("things"), (panel?.things_to_try ?? []).map((thing) => h("li", {}, thing)));
    document.getElementById("things-box").hidden = !panel?.things_to_try?.length;
    fill(document.getElementById("cards"), (panel?.people_cards ?? []).map((card) => this.#card(card)));
    fill(
      document.getElementById("panel-actions"),
      (panel?.actions ?? []).map(({ name, label }) =>
        h("button", { type: "button", class: "soft-button", onclick: () => this.client.panelAction(name) }, label),
      ),
    );
    const every = document.getElementById("clock-every");
    every.textContent = panel?.interval_seconds ? `ogni ${duration(panel.interval_seconds)}` : "";
    this.#renderExports(panel?.exports ?? []);
    this.#tick();
  }

  #renderExports(exports) {
    fill(
      document.getElementById("exports"),
      exports.length === 0
        ? h("p", { class: "empty" }, "Qui compaiono i file scritti per l’azienda a ogni acquisizione.")
        : exports.map(({ name, size, url }) =>
            h(
              "a",
              { class: "document", href: url, download: name, title: `Scarica ${name}` },
              h("span", { class: `file-icon kind-${name.split(".").at(-1)}`, "aria-hidden": "true" }, name.split(".").at(-1)),
              h("span", { class: "file-words" }, h("span", { class: "file-name" }, name), h("span", { class: "file-size" }, fileSize(size))),
            ),
          ),
    );
    this.tabs[2].textContent = exports.length ? `File (${exports.length})` : "File";
  }

  #card(card) {
    const follow = (event) => {
      if (!this.client.followLink(card.link.url, card.person_id ?? this.store.person)) return;
      event.preventDefault();
      if (!WIDE.matches) this.root.close();
    };
    return h(
      "section",
      { class: "card" },
      h("h4", {}, card.title),
      h(
        "dl",
        {},
        card.lines.map(({ label, value, copy }) => [
          h("dt", {}, label),
          h("dd", {}, h("span", {}, value), copy ? copyButton(value, label) : null),
        ]),
      ),
      card.link
        ? h("a", { class: "card-link", href: card.link.url, target: "_blank", rel: "noopener", onclick: follow }, card.link.label, icon("external"))
        : null,
    );
  }

  #tick() {
    const { panel } = this.store;
    if (!panel?.next_acquisition) return;
    const now = instant(panel.now).getTime() + (performance.now() - panel.arrived);
    const left = (instant(panel.next_acquisition).getTime() - now) / 1000;
    this.clock.textContent = left > 0 ? countdown(left) : "in corso…";
    const share = panel.interval_seconds ? Math.min(1, Math.max(0, left / panel.interval_seconds)) : 0;
    document.getElementById("clock-bar").style.setProperty("--left", String(share));
  }

  // --- the mailbox ----------------------------------------------------------------------

  #mailCame(fresh) {
    const unread = this.store.unreadMails();
    const tab = this.tabs[1];
    fill(tab, "Posta", unread ? h("span", { class: "badge" }, String(unread), h("span", { class: "hidden" }, " da leggere")) : null);
    const newest = this.store.mails[0];
    if (newest && fresh.includes(newest)) this.#openMails.add(newest.id);
    fill(
      document.getElementById("mails"),
      this.store.mails.length === 0
        ? h("p", { class: "empty" }, "Nessuna e-mail. I codici di conferma arrivano qui.")
        : this.store.mails.map((mail) => this.#mail(mail)),
    );
    this.#renderToggles();
    if (fresh.length === 0) return;
    const code = CODE.exec(fresh[0].subject)?.[0];
    const action = code ? { label: `Copia ${code}`, run: () => copyText(code) } : null;
    toast(`Nuova e-mail: ${fresh[0].subject}`, action, 8_000);
    this.#markMails();
  }

  #mail(mail) {
    const code = CODE.exec(mail.subject)?.[0];
    const when = instant(mail.date);
    const details = h(
      "details",
      { class: "mail" },
      h(
        "summary",
        {},
        h("span", { class: "mail-subject" }, mail.subject),
        h("time", { class: "mail-date", datetime: when.toISOString() }, `${dayLabel(when)}, ${timeOfDay(when)}`),
        h("span", { class: "mail-to" }, `a ${mail.to}`),
      ),
      code ? h("div", { class: "mail-code" }, h("output", { "aria-label": "Codice" }, code), copyButton(code, "il codice")) : null,
      h("pre", { class: "mail-text" }, mail.text),
    );
    details.open = this.#openMails.has(mail.id);
    details.addEventListener("toggle", () => this.#openMails[details.open ? "add" : "delete"](mail.id));
    return details;
  }
}

const copyButton = (value, label) =>
  h(
    "button",
    { type: "button", class: "copy", "aria-label": `Copia ${label}`, title: "Copia", onclick: () => copyText(value) },
    icon("copy"),
  );
