"""Keyboards as a bot sends them: checked as Telegram does, and brought to one form."""

from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from bot.demo.local_telegram.errors import ApiError, bad_request

Json = dict[str, Any]
Kind = Literal["inline", "keyboard", "remove", "force_reply"]

_MOST_BUTTONS = 100
_MOST_IN_A_ROW = 8
_LONGEST_DATA = 64
_LONGEST_COPY = 256
_SCHEMES = ("http", "https", "tg", "ton")
_OTHER_ACTIONS = (
    "callback_game",
    "pay",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
)
_FLAGS = {
    "keyboard": ("is_persistent", "resize_keyboard", "one_time_keyboard", "selective"),
    "remove": ("remove_keyboard", "selective"),
    "force_reply": ("force_reply", "selective"),
}


@dataclass(frozen=True, slots=True)
class Markup:
    """A `reply_markup` that was accepted: which of the four it is, and its Bot API object."""

    kind: Kind
    data: Json


def parse(value: Any) -> Markup | None:
    """Return the markup that `value` (decoded JSON) stands for, None where it holds no button.

    Raises the 400 that Telegram gives for what is wrong in it.
    """
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in value:
        rows = _rows(value, "inline_keyboard", "InlineKeyboardMarkup")
        inline = _laid_out([[_inline_button(button) for button in row] for row in rows])
        return Markup("inline", {"inline_keyboard": inline}) if inline else None
    if "keyboard" in value:
        rows = _rows(value, "keyboard", "ReplyKeyboardMarkup")
        keys = _laid_out([[_key(button) for button in row] for row in rows])
        data: Json = {"keyboard": keys, **_flags(value, "keyboard")}
        if "input_field_placeholder" in value:
            data["input_field_placeholder"] = _string(value, "input_field_placeholder")
        return Markup("keyboard", data) if keys else None
    if value.get("remove_keyboard"):
        return Markup("remove", _flags(value, "remove"))
    if value.get("force_reply"):
        data = _flags(value, "force_reply")
        if "input_field_placeholder" in value:
            data["input_field_placeholder"] = _string(value, "input_field_placeholder")
        return Markup("force_reply", data)
    return None


def _rows(value: Json, name: str, owner: str) -> list[list[Any]]:
    rows = value[name]
    if not isinstance(rows, list):
        raise bad_request(f'field "{name}" of the {owner} must be an Array')
    if not all(isinstance(row, list) for row in rows):
        raise bad_request(f'field "{name}" of the {owner} must be an Array of Arrays')
    return rows


def _laid_out(rows: list[list[Json]]) -> list[list[Json]]:
    rows = [row for row in rows if row]
    if sum(map(len, rows)) > _MOST_BUTTONS or any(len(row) > _MOST_IN_A_ROW for row in rows):
        raise bad_request("reply markup is too long")
    return rows


def _flags(value: Json, kind: str) -> Json:
    flags: Json = {}
    for name in _FLAGS[kind]:
        if name in value:
            if not isinstance(value[name], bool):
                raise bad_request(f'field "{name}" of the reply markup must be of the type Boolean')
            flags[name] = value[name]
    return flags


def _string(owner: Json, name: str) -> str:
    if name not in owner:
        raise bad_request(f'can\'t find field "{name}"')
    if not isinstance(owner[name], str):
        raise bad_request(f'field "{name}" must be of type String')
    return str(owner[name])


def _key(button: Any) -> Json:
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict):
        raise bad_request(
            "can't parse keyboard button: KeyboardButton must be a String or an Object"
        )
    try:
        text = _string(button, "text")
    except ApiError as error:
        raise _inside("keyboard button", error) from None
    if not text.strip():
        raise bad_request('can\'t parse keyboard button: Field "text" must be non-empty')
    return dict(button)


def _inline_button(button: Any) -> Json:
    if not isinstance(button, dict):
        raise bad_request(
            "can't parse inline keyboard button: InlineKeyboardButton must be an Object"
        )
    try:
        return _checked(button)
    except ApiError as error:
        raise _inside("inline keyboard button", error) from None


def _inside(what: str, error: ApiError) -> ApiError:
    reason = error.description.removeprefix("Bad Request: ")
    if reason.startswith(("BUTTON_", "inline keyboard button")):
        return error
    return bad_request(f"can't parse {what}: {reason[:1].upper()}{reason[1:]}")


def _checked(button: Json) -> Json:
    result: Json = {"text": _string(button, "text")}
    if not result["text"].strip():
        raise bad_request('field "text" must be non-empty')
    for decoration in ("icon_custom_emoji_id", "style"):
        if decoration in button:
            result[decoration] = _string(button, decoration)
    if button.get("url"):
        return {**result, "url": _url(_string(button, "url"))}
    if button.get("callback_data"):
        data = _string(button, "callback_data")
        if len(data.encode()) > _LONGEST_DATA:
            raise bad_request("BUTTON_DATA_INVALID")
        return {**result, "callback_data": data}
    return {**result, **_other_action(button)}


def _other_action(button: Json) -> Json:
    for action in _OTHER_ACTIONS:
        if action in button:
            return {action: button[action]}
    for action, field in (("web_app", "url"), ("login_url", "url"), ("copy_text", "text")):
        if action in button:
            if not isinstance(button[action], dict):
                raise bad_request(f'field "{action}" must be of type Object')
            inner = _string(button[action], field)
            if action == "copy_text" and not 0 < len(inner) <= _LONGEST_COPY:
                raise bad_request("BUTTON_COPY_TEXT_INVALID")
            return {action: button[action]}
    raise bad_request("text buttons are unallowed in the inline keyboard")


def _url(url: str) -> str:
    """Return the address of a button as Telegram keeps it, with a scheme."""
    if "://" not in url:
        url = f"http://{url}"
    refused = f"inline keyboard button URL '{url}' is invalid: "
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise bad_request(f"{refused}Wrong HTTP URL") from None
    if parts.scheme not in _SCHEMES:
        raise bad_request(f"{refused}Unsupported URL protocol")
    if parts.scheme in ("http", "https") and ("." not in host or " " in url):
        raise bad_request(f"{refused}Wrong HTTP URL")
    return url
