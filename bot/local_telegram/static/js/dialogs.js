// What lies over the page: notices, questions, menus, pictures in full. Native <dialog> and
// popover elements bring the focus trap, Escape and the return of the focus.

import { fill, h, icon, isCalm } from "./dom.js";

const NOTICE_LIVES = 3_500;
const notices = () => document.getElementById("notices");

/**
 * A short notice over the chat, read out by screen readers.
 * @param {string} text what it says
 * @param {{label: string, run: () => void} | null} action a button inside it
 * @param {number} lives milliseconds until it goes
 */
export function toast(text, action = null, lives = NOTICE_LIVES) {
  const notice = h("div", { class: "notice" }, h("span", {}, text));
  const leave = () => notice.remove();
  if (action) {
    const act = () => {
      leave();
      action.run();
    };
    notice.append(h("button", { type: "button", onclick: act }, action.label));
  }
  const box = notices();
  // Beside an open sheet everything is inert: the notice then belongs to the sheet.
  const host = document.querySelector("#panel:modal") ?? document.body;
  if (box.parentElement !== host) host.append(box);
  while (box.children.length > 2) box.firstChild.remove();
  box.append(notice);
  setTimeout(leave, lives);
}

/** Copies `text` and says so. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copiato negli appunti");
  } catch {
    toast("Il browser non permette di copiare: seleziona il testo a mano");
  }
}

/** The window of a tap answered with `show_alert`. */
export function alertBox(text, title) {
  const dialog = modal("alert-box", { role: "alertdialog", "aria-label": title });
  const done = h("button", { type: "button", class: "text-button", autofocus: true }, "OK");
  done.addEventListener("click", () => dialog.close());
  dialog.append(h("p", { class: "alert-text" }, text), h("div", { class: "dialog-actions" }, done));
  dialog.showModal();
}

/** A yes-or-no question; resolves to true where the answer was `confirmLabel`. */
export function confirmBox(title, text, confirmLabel) {
  return new Promise((resolve) => {
    const dialog = modal("alert-box", { "aria-label": title });
    const no = h("button", { type: "button", class: "text-button" }, "Annulla");
    const yes = h("button", { type: "button", class: "text-button", autofocus: true }, confirmLabel);
    no.addEventListener("click", () => dialog.close());
    yes.addEventListener("click", () => dialog.close("yes"));
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"));
    dialog.append(
      h("h2", {}, title),
      h("p", { class: "alert-text" }, text),
      h("div", { class: "dialog-actions" }, no, yes),
    );
    dialog.showModal();
  });
}

/** An empty dialog that removes itself when closed, and closes on a click beside it. */
export function modal(kind, attributes = {}) {
  const dialog = h("dialog", { class: kind, ...attributes });
  dialog.addEventListener("close", () => dialog.remove());
  closeOnBackdrop(dialog);
  document.body.append(dialog);
  return dialog;
}

/** Closes `dialog` on a press on its backdrop (the press, so that a selection may end there). */
export function closeOnBackdrop(dialog) {
  dialog.addEventListener("pointerdown", (event) => {
    if (event.target !== dialog) return;
    const box = dialog.getBoundingClientRect();
    const inside =
      event.clientX >= box.left && event.clientX <= box.right &&
      event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) dialog.close();
  });
}

/**
 * A picture over the whole page.
 * @param {{src: string, name: string, caption: string, from: string}} picture
 */
export function lightbox({ src, name, caption, from }) {
  const dialog = modal("lightbox", { "aria-label": "Foto a tutto schermo" });
  const picture = h("img", { src, alt: caption || "Foto" });
  const zoom = () => picture.classList.toggle("zoomed");
  const close = h("button", { type: "button", class: "round", "aria-label": "Chiudi" }, icon("close"));
  close.addEventListener("click", () => dialog.close());
  dialog.append(
    h(
      "div",
      { class: "lightbox-bar" },
      h("span", { class: "lightbox-from" }, from),
      h("a", { class: "round", href: src, download: name, "aria-label": "Scarica la foto" }, icon("download")),
      close,
    ),
    h("div", { class: "lightbox-stage" }, picture),
    caption ? h("p", { class: "lightbox-caption" }, caption) : "",
  );
  picture.addEventListener("click", zoom);
  dialog.querySelector(".lightbox-stage").addEventListener("click", (event) => {
    if (event.target !== picture) dialog.close();
  });
  dialog.showModal();
}

/**
 * A menu at a point of the page; arrows move in it, Escape leaves it.
 * @param {Array<{label: string, icon: string, danger?: boolean, run: () => void}>} items
 * @param {{x: number, y: number}} at where its corner stands
 * @param {string} label its name for screen readers
 */
export function openMenu(items, at, label) {
  const back = document.activeElement;
  const menu = h("div", { class: "menu", role: "menu", popover: "manual", "aria-label": label });
  // Not an "auto" popover: one that opens under a finger would close when the finger is lifted.
  const close = () => {
    document.removeEventListener("pointerdown", pressedBeside, true);
    const held = menu.contains(document.activeElement);
    menu.remove();
    if (held) back?.focus?.({ preventScroll: true });
  };
  const pressedBeside = (event) => menu.contains(event.target) || close();
  const entries = items.map((item) => {
    const choose = () => {
      close();
      item.run();
    };
    return h(
      "button",
      { type: "button", role: "menuitem", tabindex: "-1", class: item.danger ? "danger" : "", onclick: choose },
      icon(item.icon),
      item.label,
    );
  });
  fill(menu, entries);
  menu.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Tab" || event.key === "Escape") {
      event.preventDefault();
      close();
    }
    if (!step && event.key !== "Home" && event.key !== "End") return;
    event.preventDefault();
    const now = entries.indexOf(document.activeElement);
    const next = event.key === "Home" ? 0 : event.key === "End" ? -1 : (now + step) % entries.length;
    entries.at(next).focus();
  });
  document.querySelector(".menu")?.remove();
  document.body.append(menu);
  menu.showPopover();
  document.addEventListener("pointerdown", pressedBeside, true);
  const left = Math.min(at.x, window.innerWidth - menu.offsetWidth - 8);
  const top = Math.min(at.y, window.innerHeight - menu.offsetHeight - 8);
  Object.assign(menu.style, { left: `${Math.max(8, left)}px`, top: `${Math.max(8, top)}px` });
  entries[0]?.focus();
}

/** Lets `node` fade before it goes; at once where little motion is wanted. */
export function fadeOut(node) {
  if (isCalm()) return node.remove();
  node.classList.add("leaving");
  return setTimeout(() => node.remove(), 220);
}
