// A message's text and its entities, turned into nodes. Offsets count UTF-16 units, as
// JavaScript's strings do: no conversion is needed.

import { h, icon } from "./dom.js";
import { copyText } from "./dialogs.js";

const SAFE_LINK = /^(https?|mailto|tel|tg):/iu;
const FOUND =
  /(?<url>https?:\/\/[^\s<>"«»]*[^\s<>"«».,;:!?)\]])|(?<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)|(?<![\w/@<>])(?<command>\/[a-z0-9_]{1,32})(?![\w/])/giu;
const NOT_SEARCHED = new Set(["code", "pre", "url", "text_link", "email", "bot_command", "phone_number"]);
const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);

/**
 * The nodes of a text.
 * @param {string} text what was written
 * @param {Array<object>} entities MessageEntity objects of the Bot API
 * @param {{onCommand: (command: string) => void, onLink: (url: string) => boolean}} acts what a
 *   tap on a command does, and a chance to open a link inside the page (true: done)
 */
export function formatted(text, entities, acts) {
  const sorted = [...(entities ?? [])]
    .filter((entity) => entity.length > 0)
    .sort((one, other) => one.offset - other.offset || other.length - one.length);
  return span(text, sorted, 0, text.length, acts, true);
}

function span(text, entities, start, end, acts, searched) {
  const nodes = [];
  let at = start;
  let rest = entities;
  while (rest.length > 0) {
    const [entity, ...later] = rest;
    const from = Math.max(entity.offset, at);
    const to = Math.min(entity.offset + entity.length, end);
    if (from >= to) {
      rest = later;
      continue;
    }
    const isBlock = BLOCKS.has(entity.type);
    const before = text.slice(at, from);
    nodes.push(...plain(isBlock ? before.replace(/\n$/u, "") : before, acts, searched));
    const inner = later.filter((other) => other.offset < to);
    const children = span(text, inner, from, to, acts, searched && !NOT_SEARCHED.has(entity.type));
    nodes.push(wrapped(entity, text.slice(from, to), children, acts));
    rest = later.filter((other) => other.offset + other.length > to);
    // A block breaks the line by itself: the line feed beside it would show as an empty line.
    at = isBlock && text[to] === "\n" ? to + 1 : to;
  }
  if (at < end) nodes.push(...plain(text.slice(at, end), acts, searched));
  return nodes;
}

/** Text without entities of its own: Telegram finds addresses and commands in it by itself. */
function plain(text, acts, searched) {
  if (text === "") return [];
  if (!searched) return [text];
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(FOUND)) {
    if (match.index > at) nodes.push(text.slice(at, match.index));
    const { url, mail } = match.groups;
    if (url) nodes.push(link(url, [url], acts));
    else if (mail) nodes.push(link(`mailto:${mail}`, [mail], acts));
    else nodes.push(command(match[0], [match[0]], acts));
    at = match.index + match[0].length;
  }
  if (at < text.length) nodes.push(text.slice(at));
  return nodes;
}

function wrapped(entity, words, children, acts) {
  switch (entity.type) {
    case "bold":
      return h("strong", {}, children);
    case "italic":
      return h("em", {}, children);
    case "underline":
      return h("u", {}, children);
    case "strikethrough":
      return h("s", {}, children);
    case "spoiler":
      return spoiler(children);
    case "code":
      return copiedOnTap(words, children);
    case "pre":
      return block(entity.language, words, children);
    case "blockquote":
      return h("blockquote", { class: "cited" }, children);
    case "expandable_blockquote":
      return expandable(children);
    case "text_link":
      return link(entity.url, children, acts);
    case "url":
      return link(/^[a-z]+:/iu.test(words) ? words : `https://${words}`, children, acts);
    case "email":
      return link(`mailto:${words}`, children, acts);
    case "phone_number":
      return link(`tel:${words.replace(/[^\d+]/gu, "")}`, children, acts);
    case "bot_command":
      return command(words, children, acts);
    case "mention":
    case "text_mention":
    case "hashtag":
    case "cashtag":
      return h("span", { class: "mention" }, children);
    default:
      return h("span", {}, children);
  }
}

function link(url, children, acts) {
  if (!SAFE_LINK.test(url ?? "")) return h("span", {}, children);
  const open = (event) => {
    if (acts.onLink(url)) event.preventDefault();
  };
  return h(
    "a",
    { href: url, target: "_blank", rel: "noopener noreferrer", title: url, onclick: open },
    children,
  );
}

function command(words, children, acts) {
  const send = () => acts.onCommand(words);
  return h("button", { type: "button", class: "command", onclick: send }, children);
}

function spoiler(children) {
  const words = h("span", { "aria-hidden": "true" }, children);
  const cover = h(
    "span",
    { class: "spoiler", role: "button", tabindex: "0", "aria-label": "Testo nascosto: tocca per leggerlo" },
    words,
  );
  const reveal = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    if (cover.classList.contains("revealed")) return;
    event.preventDefault();
    cover.classList.add("revealed");
    for (const name of ["role", "tabindex", "aria-label"]) cover.removeAttribute(name);
    words.removeAttribute("aria-hidden");
  };
  cover.addEventListener("click", reveal);
  cover.addEventListener("keydown", reveal);
  return cover;
}

function copiedOnTap(words, children) {
  return h(
    "code",
    { title: "Tocca per copiare", onclick: () => copyText(words) },
    children,
  );
}

function block(language, words, children) {
  return h(
    "div",
    { class: "code-block" },
    h(
      "div",
      { class: "code-head" },
      language ? h("span", {}, language) : null,
      h(
        "button",
        { type: "button", class: "copy-code", "aria-label": "Copia il testo", onclick: () => copyText(words) },
        icon("copy"),
      ),
    ),
    h("pre", { tabindex: "0" }, children),
  );
}

function expandable(children) {
  const words = h("div", { class: "expandable-words" }, children);
  const toggle = h("button", { type: "button", class: "expand", "aria-expanded": "false" }, "Mostra tutto");
  const quote = h("blockquote", { class: "cited expandable" }, words, toggle);
  toggle.addEventListener("click", () => {
    const open = quote.classList.toggle("open");
    toggle.setAttribute("aria-expanded", String(open));
    toggle.textContent = open ? "Mostra meno" : "Mostra tutto";
  });
  return quote;
}
