// Dates, sizes and counts as an Italian reads them.

const ITALIAN = "it-IT";
const clock = new Intl.DateTimeFormat(ITALIAN, { hour: "2-digit", minute: "2-digit" });
const dayAndMonth = new Intl.DateTimeFormat(ITALIAN, { day: "numeric", month: "long" });
const fullDay = new Intl.DateTimeFormat(ITALIAN, { day: "numeric", month: "long", year: "numeric" });
const shortDay = new Intl.DateTimeFormat(ITALIAN, { day: "2-digit", month: "2-digit", year: "2-digit" });
const weekday = new Intl.DateTimeFormat(ITALIAN, { weekday: "short" });
const exact = new Intl.DateTimeFormat(ITALIAN, { dateStyle: "full", timeStyle: "medium" });
const decimals = new Intl.NumberFormat(ITALIAN, { maximumFractionDigits: 1 });

/** An instant as Date: the Bot API counts seconds, the rest of the page speaks ISO. */
export function instant(value) {
  if (value instanceof Date) return value;
  return new Date(typeof value === "number" ? value * 1000 : value);
}

export const timeOfDay = (value) => clock.format(instant(value));
export const exactTime = (value) => exact.format(instant(value));

/** A key that is the same for all instants of one local day. */
export function dayKey(value) {
  const date = instant(value);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** «oggi», «ieri», «12 marzo», «12 marzo 2024»: the label between two days. */
export function dayLabel(value, now = new Date()) {
  const date = instant(value);
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (dayKey(date) === dayKey(now)) return "Oggi";
  if (dayKey(date) === dayKey(yesterday)) return "Ieri";
  return (date.getFullYear() === now.getFullYear() ? dayAndMonth : fullDay).format(date);
}

/** The time in the list of chats: the hour today, the weekday this week, else the date. */
export function listTime(value, now = new Date()) {
  const date = instant(value);
  if (dayKey(date) === dayKey(now)) return clock.format(date);
  const week = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 6);
  return date >= week && date <= now ? weekday.format(date) : shortDay.format(date);
}

/** Bytes as «84,2 kB». */
export function fileSize(bytes) {
  if (bytes === null || bytes === undefined) return "";
  for (const [unit, size] of [["GB", 1024 ** 3], ["MB", 1024 ** 2], ["kB", 1024]]) {
    if (bytes >= size) return `${decimals.format(bytes / size)} ${unit}`;
  }
  return `${bytes} B`;
}

/** Seconds as «29:04», or «1:02:09» from an hour on. */
export function countdown(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  const pad = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}

/** Seconds as «30 minuti», «5 secondi», «1 ora». */
export function duration(seconds) {
  if (seconds % 3600 === 0) return counted(seconds / 3600, "ora", "ore");
  if (seconds % 60 === 0) return counted(seconds / 60, "minuto", "minuti");
  return counted(seconds, "secondo", "secondi");
}

export const counted = (number, one, many) => `${decimals.format(number)} ${number === 1 ? one : many}`;

export const fullName = (user) => [user?.first_name, user?.last_name].filter(Boolean).join(" ");

/** The first letters of up to two words, for the round picture. */
export function initials(name) {
  const words = (name ?? "").trim().split(/\s+/u).filter((word) => /^[\p{L}\p{N}]/u.test(word));
  return words.slice(0, 2).map((word) => [...word][0].toUpperCase()).join("") || "?";
}

/** One of Telegram's seven colours, always the same for one id. */
export const colourOf = (id) => Math.abs(Number(id) || 0) % 7;

/** What a message is in one line, for the list of chats and for quotes. */
export function summary(message) {
  if (!message) return "";
  const words = message.text ?? message.caption;
  if (words) return words.replace(/\s+/gu, " ").slice(0, 160);
  if (message.photo) return "Foto";
  if (message.sticker) return `${message.sticker.emoji ?? ""} Adesivo`.trim();
  if (message.document) return message.document.file_name ?? "Documento";
  return serviceText(message) ?? "Messaggio";
}

/** The line of a service message (a topic opened, somebody joined), or null for a common one. */
export function serviceText(message) {
  const who = fullName(message.from) || "Qualcuno";
  if (message.forum_topic_created) return `${who} ha creato l’argomento «${message.forum_topic_created.name}»`;
  if (message.forum_topic_edited) {
    const name = message.forum_topic_edited.name;
    return name ? `${who} ha rinominato l’argomento in «${name}»` : `${who} ha cambiato l’argomento`;
  }
  if (message.forum_topic_closed) return `${who} ha chiuso l’argomento`;
  if (message.forum_topic_reopened) return `${who} ha riaperto l’argomento`;
  if (message.new_chat_members) return `${message.new_chat_members.map(fullName).join(", ")} è nel gruppo`;
  if (message.left_chat_member) return `${fullName(message.left_chat_member)} è uscito dal gruppo`;
  if (message.new_chat_title) return `${who} ha cambiato il nome del gruppo in «${message.new_chat_title}»`;
  if (message.group_chat_created || message.supergroup_chat_created) return `${who} ha creato il gruppo`;
  if (message.migrate_to_chat_id) return "Il gruppo è diventato un supergruppo";
  if (message.pinned_message) return `${who} ha fissato un messaggio`;
  return null;
}

const SENDING = {
  typing: "sta scrivendo",
  upload_photo: "sta inviando una foto",
  upload_document: "sta inviando un documento",
  upload_video: "sta inviando un video",
  record_voice: "sta registrando un messaggio vocale",
  upload_voice: "sta inviando un messaggio vocale",
  choose_sticker: "sta scegliendo un adesivo",
  find_location: "sta cercando un luogo",
};

/** What a chat action says in the header. */
export const actionText = (action) => SENDING[action] ?? SENDING.typing;
