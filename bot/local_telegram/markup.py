"""Keyboards from a bot: checked as by Telegram, and converted to one form."""

from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from bot.local_telegram.errors import ApiError, bad_request
from bot.local_telegram.limits import Limits

Json = dict[str, Any]
Kind = Literal["inline", "keyboard", "remove", "force_reply"]

_LONGEST_COPY = 256
_SCHEMES = ("http", "https", "tg", "ton")
_STYLES = ("danger", "success", "primary")
_UNAVAILABLE = ("callback_game", "pay", "login_url")  # not available to bots here
_SWITCHES = ("switch_inline_query", "switch_inline_query_current_chat")
_ASKS = ("request_contact", "request_location")
_ASKS_MORE = ("request_users", "request_chat", "request_managed_bot", "request_poll")
_FLAGS = {
    "keyboard": ("is_persistent", "resize_keyboard", "one_time_keyboard", "selective"),
    "remove": ("remove_keyboard", "selective"),
    "force_reply": ("force_reply", "selective"),
}


@dataclass(frozen=True, slots=True)
class Markup:
    """An accepted `reply_markup`: which of the four it is, and its Bot API object."""

    kind: Kind
    data: Json


def parse(value: Any, limits: Limits) -> Markup | None:
    """Return the markup of `value` (decoded JSON), None where it has no button.

    Raises the 400 with which Telegram refuses it.
    """
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in value:
        rows = _rows(value, "inline_keyboard", "InlineKeyboardMarkup")
        checked = [[_inline_button(button, limits) for button in row] for row in rows]
        inline = _laid_out(checked, limits)
        return Markup("inline", {"inline_keyboard": inline}) if inline else None
    if "keyboard" in value:
        rows = _rows(value, "keyboard", "ReplyKeyboardMarkup")
        keys = _laid_out([[_key(button) for button in row] for row in rows], limits)
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


def _laid_out(rows: list[list[Json]], limits: Limits) -> list[list[Json]]:
    rows = [row for row in rows if row]
    widest = max(map(len, rows), default=0)
    if sum(map(len, rows)) > limits.most_buttons or widest > limits.most_in_a_row:
        raise bad_request("reply markup is too long")  # (U)
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
        return _checked_key(button)
    except ApiError as error:
        raise _inside("keyboard button", error) from None


def _checked_key(button: Json) -> Json:
    result = _decorated(button)
    for name in _ASKS:
        if name in button:
            if not isinstance(button[name], bool):
                raise bad_request(f'field "{name}" must be of type Boolean')
            result[name] = button[name]
    for name in _ASKS_MORE:
        if name in button:
            if not isinstance(button[name], dict):
                raise bad_request(f'field "{name}" must be of type Object')
            result[name] = button[name]
    if "web_app" in button:
        result["web_app"] = web_app(button)
    return result


def _inline_button(button: Any, limits: Limits) -> Json:
    if not isinstance(button, dict):
        raise bad_request(
            "can't parse inline keyboard button: InlineKeyboardButton must be an Object"
        )
    try:
        return _checked(button, limits)
    except ApiError as error:
        raise _inside("inline keyboard button", error) from None


def _inside(what: str, error: ApiError) -> ApiError:
    reason = error.description.removeprefix("Bad Request: ")
    if reason.startswith(("BUTTON_", "inline keyboard button", "keyboard button")):
        return error
    return bad_request(f"can't parse {what}: {reason[:1].upper()}{reason[1:]}")


def _decorated(button: Json) -> Json:
    """Return the text and style of a button."""
    result: Json = {"text": _string(button, "text")}
    if not result["text"].strip():
        raise bad_request('field "text" must be non-empty')
    for decoration in ("icon_custom_emoji_id", "style"):
        if decoration in button:
            result[decoration] = _string(button, decoration)
    if result.get("style", "primary") not in _STYLES:
        raise bad_request("unsupported button style specified")
    return result


def _checked(button: Json, limits: Limits) -> Json:
    result = _decorated(button)
    if button.get("url"):
        return {**result, "url": _url(_string(button, "url"))}
    if button.get("callback_data"):
        data = _string(button, "callback_data")
        if len(data.encode()) > limits.longest_data:
            raise bad_request("BUTTON_DATA_INVALID")  # (U)
        return {**result, "callback_data": data}
    return {**result, **_other_action(button)}


def _other_action(button: Json) -> Json:
    for action in _UNAVAILABLE:
        if action in button:
            raise bad_request(
                "BUTTON_TYPE_INVALID"
            )  # (U) there are no games, payments or domains here
    for action in _SWITCHES:
        if action in button:
            return {action: _string(button, action)}
    if "switch_inline_query_chosen_chat" in button:
        return {"switch_inline_query_chosen_chat": _chosen_chat(button)}
    if "web_app" in button:
        return {"web_app": web_app(button)}
    if "copy_text" in button:
        copied = _string(_inner(button, "copy_text"), "text")
        if not 0 < len(copied) <= _LONGEST_COPY:
            raise bad_request("BUTTON_COPY_TEXT_INVALID")
        return {"copy_text": {"text": copied}}
    raise bad_request("text buttons are unallowed in the inline keyboard")


def _inner(button: Json, action: str) -> Json:
    inner = button[action]
    if not isinstance(inner, dict):
        raise bad_request(f'field "{action}" must be of type Object')
    return inner


def _chosen_chat(button: Json) -> Json:
    inner = _inner(button, "switch_inline_query_chosen_chat")
    for name, value in inner.items():
        if name == "query":
            _string(inner, name)
        elif not isinstance(value, bool):
            raise bad_request(f'field "{name}" must be of type Boolean')
    return inner


def web_app(button: Json) -> Json:
    """Return the WebAppInfo of a button; raises the 400 for an address other than HTTPS."""
    url = _string(_inner(button, "web_app"), "url")
    try:
        parts = urlsplit(url)
        secure = parts.scheme == "https" and "." in (parts.hostname or "")
    except ValueError:
        secure = False
    if not secure:
        raise bad_request(
            f"inline keyboard button Web App URL '{url}' is invalid: Only HTTPS links are allowed"
        )
    return {"url": url}


def _url(url: str) -> str:
    """Return the URL of a button with a scheme, as Telegram stores it."""
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
