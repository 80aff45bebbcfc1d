"""A local Telegram: people, chats and a Bot API server that is as strict as the real one.

    telegram = LocalTelegram(now=clock)              # state; `now` gives aware datetimes
    async with telegram:                             # serves on a free port of 127.0.0.1
        # the bot: base_url f"{telegram.api_url}/bot", base_file_url f"{telegram.api_url}/file/bot",
        # token telegram.token
        anna = telegram.add_person("Anna", language_code="it")
        chat = anna.private_chat
        anna.send_text(chat, "/start")               # returns the Message the bot gets
        await telegram.until_confirmed()
        telegram.messages(chat)                      # the current Messages, oldest first
        tap = anna.tap_button(chat, "Conferma")      # by label; anna.tap(chat, id, data) to forge
        await tap.wait()                             # tap.text, tap.show_alert, tap.timed_out

Public:

* `LocalTelegram(token=…, now=…, bot_username=…, tap_timeout=…, first_update_id=…,
  first_message_id=…)`: `serve(port)`, `close()`, `api_url`, `port`; `add_person`, `add_group`;
  `messages`, `reply_keyboard`, `subscribe(callback)` (called with each `Event` as it happens);
  `pending_updates`, `until_fetched()`, `until_confirmed()`; `flood` (limits, off until
  ``flood.enabled = True``); `faults` (`fail("cut", "sendMessage", times=2)`, `fail("status",
  status=502)`, `duplicate_updates`, `reorder_updates`, `clear`); `calls` (a log: `of(method)`,
  `peak()`, `clear()`); `webhook_pace`; `page` (the chat page: `set_panel`, `set_mails`,
  `on_panel_action`).
* `Person`: `id`, `private_chat`, `send_text`, `edit_text`, `send_photo`, `send_document`,
  `send_album`, `send_sticker`, `send_voice`, `send_location`, `send_contact`, `tap`, `tap_button`,
  `press` (a key of the reply keyboard), `block_bot`, `unblock_bot`, `deactivate`. What a Telegram
  app would not allow raises `NotPossibleError`.
* `Group`: `id`, `chat`, `add_member`, `remove_member`, `promote_bot`, `demote_bot`, `kick_bot`,
  `add_bot`, `make_forum`, `migrate_to_supergroup`.
* `Tap`: `wait()`, `answered`, `timed_out`, `text`, `show_alert`, `url`.

Inside: `model` has the data types, `world` the state, `people` the actions of people, `methods` the
Bot API's methods, `server`, `polling` and `pushing` the HTTP, `page` the chat page's server (its
protocol is in ``PROTOCOL.md``). Limits that Telegram does not publish are configurable or marked
(U).
"""

from bot.local_telegram.errors import ApiError
from bot.local_telegram.local import LocalTelegram
from bot.local_telegram.model import Chat, Event
from bot.local_telegram.people import Group, NotPossibleError, Person, Tap

__all__ = [
    "ApiError",
    "Chat",
    "Event",
    "Group",
    "LocalTelegram",
    "NotPossibleError",
    "Person",
    "Tap",
]
