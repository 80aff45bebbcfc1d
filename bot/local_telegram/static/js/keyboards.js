// Keyboards: the buttons under a bubble, and the large ones below the input.

import { h, icon } from "./dom.js";
import { copyText, toast } from "./dialogs.js";

const NOT_HERE = "Questo pulsante non funziona nella prova";

/**
 * The buttons under a message, or null where it has none.
 * @param {object} message a Message of the Bot API
 * @param {{isTapped: (data: string) => boolean, tap: (data: string) => void,
 *   onLink: (url: string) => boolean}} acts
 */
export function inlineKeyboard(message, acts) {
  const rows = message.reply_markup?.inline_keyboard;
  if (!rows?.length) return null;
  return h(
    "div",
    { class: "inline-keyboard", role: "group", "aria-label": "Pulsanti del messaggio" },
    rows.map((row) => h("div", { class: "inline-row" }, row.map((button) => inlineButton(button, acts)))),
  );
}

function inlineButton(button, acts) {
  const look = `inline-button ${button.style ?? ""}`;
  if (button.url) {
    const open = (event) => {
      if (acts.onLink(button.url)) event.preventDefault();
    };
    return h(
      "a",
      { class: look, href: button.url, target: "_blank", rel: "noopener noreferrer", onclick: open },
      h("span", {}, button.text),
      icon("external"),
    );
  }
  const node = h("button", { type: "button", class: look }, h("span", {}, button.text));
  if (button.copy_text) {
    node.append(icon("copy"));
    node.addEventListener("click", () => copyText(button.copy_text.text));
  } else if (button.callback_data === undefined) {
    node.addEventListener("click", () => toast(NOT_HERE));
  } else {
    node.dataset.tap = button.callback_data;
    showWaiting(node, acts.isTapped(button.callback_data));
    node.addEventListener("click", () => {
      if (node.getAttribute("aria-busy") !== "true") acts.tap(button.callback_data);
    });
  }
  return node;
}

/** Shows or ends the spinner of a button whose tap has no answer yet. */
export function showWaiting(node, waiting) {
  node.setAttribute("aria-busy", String(waiting));
  node.classList.toggle("waiting", waiting);
}

/**
 * The large buttons below the input.
 * @param {object} markup a ReplyKeyboardMarkup
 * @param {(text: string) => void} press what a press sends
 */
export function replyKeyboard(markup, press) {
  const rows = markup.keyboard.map((row) =>
    h("div", { class: "reply-row" }, row.map((button) => replyButton(button, press))),
  );
  const size = markup.resize_keyboard ? "resized" : "tall";
  return h("div", { class: `reply-rows ${size}`, role: "group", "aria-label": "Tastiera del bot" }, rows);
}

function replyButton(button, press) {
  const text = typeof button === "string" ? button : button.text;
  const special = Object.keys(button).some((name) => name.startsWith("request_") || name === "web_app");
  const act = () => (special ? toast(NOT_HERE) : press(text));
  return h("button", { type: "button", class: `reply-button ${button.style ?? ""}`, onclick: act }, text);
}
