// One message as it looks in the chat.

import { h, icon, ticks } from "./dom.js";
import { colourOf, exactTime, fileSize, fullName, serviceText, summary, timeOfDay } from "./format.js";
import { formatted } from "./entities.js";
import { inlineKeyboard } from "./keyboards.js";
import { lightbox } from "./dialogs.js";

const JUMBO = /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F?)(?:\u200D\p{Extended_Pictographic}\uFE0F?|\p{Emoji_Modifier})*$/u;
const WIDEST = 432;
const TALLEST = 432;
const SMALLEST = 120;

/** Where the page gets a file of a message; with a name the browser saves it. */
export const fileUrl = (id, name = null) =>
  `/page/file/${encodeURIComponent(id)}${name ? `?name=${encodeURIComponent(name)}` : ""}`;

/**
 * The contents of a message's row.
 * @param {object} message a Message of the Bot API
 * @param {object} view what surrounds it: `own`, `group` (a group chat), `seen`, `reactions`, and
 *   `acts` {onCommand, onLink, isTapped, tap, showMessage, openMenu}
 */
export function bubble(message, view) {
  const service = serviceText(message);
  if (service) return [h("span", { class: "service" }, service)];
  const bare = isBare(message);
  const parts = [
    h("span", { class: "hidden" }, view.own ? "Tu: " : `${fullName(message.from)}: `),
    sender(message, view),
    quote(message, view),
    photo(message, view),
    documentCard(message),
    sticker(message),
    other(message),
  ];
  const words = message.text ?? message.caption;
  const reactions = reactionRow(view.reactions);
  const meta = metaLine(message, view);
  if (words === undefined) parts.push(reactions, meta);
  else {
    const entities = message.entities ?? message.caption_entities;
    const nodes = bare ? [words] : formatted(words, entities, view.acts);
    parts.push(h("div", { class: "words", dir: "auto" }, nodes, reactions, meta));
  }
  const kinds = [
    "bubble",
    bare && "bare",
    bare && !message.sticker && "jumbo",
    message.photo && "with-photo",
    words === undefined && "wordless",
  ];
  const keyboard = inlineKeyboard(message, view.acts);
  const stack = ["stack", keyboard && "with-keys", message.photo && words !== undefined && "captioned"];
  return [
    h(
      "div",
      { class: stack.filter(Boolean).join(" ") },
      h("div", { class: kinds.filter(Boolean).join(" ") }, parts),
      keyboard,
      menuButton(view.acts),
    ),
  ];
}

/** The way to a message's actions for a mouse; keys go through the message itself. */
const menuButton = (acts) =>
  h(
    "button",
    {
      type: "button",
      class: "message-menu round",
      tabindex: "-1",
      "aria-label": "Azioni sul messaggio",
      "aria-haspopup": "menu",
      onclick: ({ currentTarget }) => acts.openMenu(currentTarget),
    },
    icon("more"),
  );

/** Up to three emoji alone, and stickers, stand without a bubble. */
function isBare(message) {
  if (message.sticker) return true;
  if (message.reply_to_message || !message.text || message.text.length > 24) return false;
  const signs = [...new Intl.Segmenter("it").segment(message.text)].map(({ segment }) => segment);
  return signs.length <= 3 && signs.every((sign) => JUMBO.test(sign));
}

function sender(message, view) {
  if (!view.group || view.own) return null;
  const name = fullName(message.from);
  return h("div", { class: `sender tint-${colourOf(message.from?.id)}`, "aria-hidden": "true" }, name);
}

function quote(message, view) {
  const target = message.reply_to_message;
  if (!target || target.forum_topic_created) return null;
  const show = () => view.acts.showMessage(target.message_id);
  return h(
    "button",
    { type: "button", class: "quote", onclick: show },
    h("span", { class: "hidden" }, "In risposta a "),
    h("strong", {}, fullName(target.from)),
    h("span", {}, summary(target)),
  );
}

function photo(message, view) {
  const largest = message.photo?.at(-1);
  if (!largest) return null;
  const scale = Math.min(1, WIDEST / largest.width, TALLEST / largest.height);
  const width = Math.max(SMALLEST, Math.round(largest.width * scale));
  const src = fileUrl(largest.file_id);
  const caption = message.caption ?? "";
  const open = () =>
    lightbox({ src, caption, name: `foto-${message.message_id}.jpg`, from: view.own ? "Tu" : fullName(message.from) });
  return h(
    "button",
    { type: "button", class: "photo", "aria-label": `Apri la foto${caption ? `: ${caption}` : ""}`, onclick: open },
    h("img", {
      src,
      alt: "",
      decoding: "async",
      style: { width: `${width / 16}rem`, aspectRatio: `${largest.width} / ${largest.height}` },
    }),
  );
}

function documentCard(message) {
  const file = message.document;
  if (!file) return null;
  const name = file.file_name ?? "documento";
  const extension = name.includes(".") ? name.split(".").at(-1).slice(0, 4).toLowerCase() : "";
  const thumbnail = file.thumbnail
    ? h("img", { class: "file-picture", src: fileUrl(file.thumbnail.file_id), alt: "" })
    : h("span", { class: `file-icon kind-${extension}`, "aria-hidden": "true" }, extension || icon("file"));
  return h(
    "a",
    { class: "document", href: fileUrl(file.file_id, name), download: name, title: `Scarica ${name}` },
    thumbnail,
    h(
      "span",
      { class: "file-words" },
      h("span", { class: "file-name" }, name),
      h("span", { class: "file-size" }, fileSize(file.file_size)),
    ),
  );
}

function sticker(message) {
  if (!message.sticker) return null;
  const emoji = message.sticker.emoji ?? "🙂";
  return h("div", { class: "sticker", role: "img", "aria-label": `Adesivo ${emoji}` }, emoji);
}

const OTHERS = {
  voice: "Messaggio vocale",
  audio: "Audio",
  video: "Video",
  video_note: "Videomessaggio",
  animation: "GIF",
  location: "Posizione",
  venue: "Luogo",
  contact: "Contatto",
  poll: "Sondaggio",
  dice: "Dado",
};

/** Kinds that the local Telegram shows by name only. */
function other(message) {
  if (message.document || message.photo) return null;
  const kind = Object.keys(OTHERS).find((name) => message[name]);
  return kind ? h("div", { class: "other" }, OTHERS[kind]) : null;
}

function reactionRow(reactions) {
  if (!reactions?.length) return null;
  return h(
    "div",
    { class: "reactions", role: "img", "aria-label": `Reazione del bot: ${reactions.join(" ")}` },
    reactions.map((emoji) => h("span", { class: "reaction" }, emoji)),
  );
}

function metaLine(message, view) {
  const when = new Date(message.date * 1000);
  const edited = message.edit_date && !message.edit_hide;
  return h(
    "span",
    { class: "meta" },
    edited ? h("span", { class: "edited", title: exactTime(message.edit_date) }, "modificato") : null,
    h("time", { datetime: when.toISOString(), title: exactTime(when) }, timeOfDay(when)),
    view.own ? ticks(view.seen) : null,
  );
}
