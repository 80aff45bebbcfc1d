// Emoji for the input, and stickers to send.

import { h } from "./dom.js";

const EMOJI = [..."😀😄😂🙂😉😍😘🤔😅😎😢😡👍👎👏🙏💪👋👌🤝❤️🔥⚡💡💧🏠📟📸🧾📊📅⏰✅❌❓❗🎉☀️"]
  .join("")
  .match(/\p{Extended_Pictographic}\uFE0F?/gu);
const STICKERS = ["👍", "😂", "❤️", "🎉", "🤔", "😢", "🙏", "🐱"];

/**
 * Opens the choice of emoji and stickers above a button.
 * @param {HTMLElement} anchor the button
 * @param {{insert: (emoji: string) => void, sticker: (emoji: string) => void}} acts what a choice does
 */
export function openPicker(anchor, acts) {
  const box = anchor.getBoundingClientRect();
  const panel = h("div", { class: "picker", popover: "auto", role: "dialog", "aria-label": "Emoji e adesivi" });
  const choose = (act, emoji, close) => () => {
    act(emoji);
    if (close) panel.hidePopover();
  };
  const grid = (title, list, act, close, kind) => [
    h("h3", {}, title),
    h(
      "div",
      { class: `picker-grid ${kind}` },
      list.map((emoji) => h("button", { type: "button", "aria-label": `${title} ${emoji}`, onclick: choose(act, emoji, close) }, emoji)),
    ),
  ];
  panel.append(
    ...grid("Emoji", EMOJI, acts.insert, false, "emoji"),
    ...grid("Adesivo", STICKERS, acts.sticker, true, "stickers"),
  );
  panel.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    panel.remove();
    anchor.focus({ preventScroll: true });
  });
  document.body.append(panel);
  panel.showPopover();
  const left = Math.max(8, Math.min(box.left, window.innerWidth - panel.offsetWidth - 8));
  Object.assign(panel.style, { left: `${left}px`, top: `${Math.max(8, box.top - panel.offsetHeight - 12)}px` });
  panel.querySelector("button").focus();
}
