// Pictures and files on their way into the chat: chosen, pasted or dropped, shown, captioned, sent.

import { modal, toast } from "./dialogs.js";
import { fill, h, icon } from "./dom.js";
import { counted, fileSize } from "./format.js";
import { openMenu } from "./dialogs.js";

const PICTURES = new Set(["image/jpeg", "image/png", "image/webp"]);
const PICTURE_LIMIT = 10 * 1024 ** 2;
const FILE_LIMIT = 50 * 1024 ** 2;

/** Offers «Foto» and «File» beside the paper clip, then the system's own choice of files. */
export function pickFiles(chosen) {
  const box = document.getElementById("attach").getBoundingClientRect();
  const choose = (kind) => {
    const input = h("input", { type: "file", multiple: true, hidden: true });
    if (kind === "photo") input.accept = [...PICTURES].join(",");
    input.addEventListener("change", () => {
      chosen([...input.files], kind);
      input.remove();
    });
    input.addEventListener("cancel", () => input.remove());
    document.body.append(input);
    input.click();
  };
  const items = [
    { label: "Foto", icon: "photo", run: () => choose("photo") },
    { label: "File", icon: "file", run: () => choose("document") },
  ];
  openMenu(items, { x: box.left - 60, y: box.top - 110 }, "Che cosa vuoi allegare");
}

/** Takes what is dropped on the chat or pasted into the input. */
export function takeDroppedFiles(area, input, chosen) {
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  let depth = 0;
  const mark = () => area.classList.toggle("dropping", depth > 0);
  area.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    depth += 1;
    mark();
  });
  area.addEventListener("dragleave", (event) => {
    if (!carriesFiles(event)) return;
    depth -= 1;
    mark();
  });
  area.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  area.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth = 0;
    mark();
    chosen([...event.dataTransfer.files], "photo");
  });
  input.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    chosen(files, "photo");
  });
}

const isPicture = (file) => PICTURES.has(file.type) && file.size <= PICTURE_LIMIT;

/**
 * Shows what is about to be sent, with a caption, and sends it.
 * @param {File[]} files what was chosen
 * @param {"photo" | "document"} kind how pictures go, unless the person says otherwise
 * @param {import("./client.js").Client} client what sends
 * @param {number | null} replyTo the message that they answer
 * @param {() => void} sent called once they are on their way
 */
export function openUpload(files, kind, client, replyTo, sent) {
  const tooLarge = files.find((file) => file.size > FILE_LIMIT);
  if (tooLarge) return toast(`«${tooLarge.name}» supera i 50 MB`);
  if (files.some((file) => file.size === 0)) return toast("Un file vuoto non si può inviare");
  if (files.length === 0) return undefined;
  const pictures = files.every(isPicture);
  const asFile = h("input", { type: "checkbox", id: "as-file" });
  asFile.checked = kind === "document";
  const title = h("h2", {});
  const stage = h("div", { class: "upload-stage" });
  const caption = h("input", {
    class: "field",
    placeholder: "Didascalia (facoltativa)",
    "aria-label": "Didascalia",
    maxlength: "1024",
    autofocus: true,
  });
  const urls = [];
  const draw = () => {
    const photos = pictures && !asFile.checked;
    title.textContent = `Invia ${photos ? counted(files.length, "foto", "foto") : counted(files.length, "file", "file")}`;
    fill(stage, files.map((file) => (photos ? picture(file, urls) : fileLine(file))));
  };
  asFile.addEventListener("change", draw);
  draw();
  const form = h(
    "form",
    { method: "dialog" },
    title,
    stage,
    pictures ? h("label", { class: "check", for: "as-file" }, asFile, "Invia senza compressione, come file") : null,
    caption,
    h(
      "div",
      { class: "dialog-actions" },
      h("button", { type: "button", class: "text-button", onclick: () => dialog.close() }, "Annulla"),
      h("button", { type: "submit", class: "text-button", value: "send" }, "Invia"),
    ),
  );
  const dialog = modal("upload", { "aria-label": "Invio di foto e file" });
  dialog.append(form);
  dialog.addEventListener("close", () => urls.forEach((url) => URL.revokeObjectURL(url)));
  form.addEventListener("submit", () => {
    sent();
    sendAll(files, (file) => (isPicture(file) && !asFile.checked ? "photo" : "document"), caption.value, client, replyTo);
  });
  return dialog.showModal();
}

function picture(file, urls) {
  const url = URL.createObjectURL(file);
  urls.push(url);
  return h("img", { src: url, alt: file.name });
}

const fileLine = (file) =>
  h(
    "div",
    { class: "document" },
    h("span", { class: "file-icon", "aria-hidden": "true" }, icon("file")),
    h("span", { class: "file-words" }, h("span", { class: "file-name" }, file.name), h("span", { class: "file-size" }, fileSize(file.size))),
  );

/** One after the other, so that they arrive in the order they were chosen in. */
async function sendAll(files, kindOf, caption, client, replyTo) {
  const notice = document.getElementById("sending");
  try {
    for (const [index, file] of files.entries()) {
      notice.textContent = files.length > 1 ? `Invio di ${index + 1} su ${files.length}…` : "Invio in corso…";
      notice.hidden = false;
      await client.upload(file, kindOf(file), index === 0 ? caption : "", replyTo);
    }
  } catch (error) {
    toast(error.message);
  } finally {
    notice.hidden = true;
  }
}
