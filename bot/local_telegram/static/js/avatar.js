// The round picture beside a name.

import { h, icon } from "./dom.js";
import { colourOf, initials } from "./format.js";

/** The picture of a person or a group: initials, drawn by the style sheet, on the colour of their id. */
export const avatar = (id, name, size = "") =>
  h("span", {
    class: `avatar tint-${colourOf(id)} ${size}`,
    dataset: { initials: initials(name) },
    "aria-hidden": "true",
  });

/** The bot's picture. */
export const botAvatar = (size = "") =>
  h("span", { class: `avatar bot ${size}`, "aria-hidden": "true" }, icon("bolt"));

/** The picture of a chat: the bot's in a private one. */
export const chatAvatar = (chat, title, size = "") =>
  chat.type === "private" ? botAvatar(size) : avatar(chat.id, title, size);
