"""Methods by which the bot gets updates and files."""

import ipaddress
import re
from typing import Any, Final
from urllib.parse import urlsplit

from bot.local_telegram.arguments import Arguments
from bot.local_telegram.errors import bad_request
from bot.local_telegram.files import LARGEST_DOWNLOAD
from bot.local_telegram.methods.registry import (
    ARRAY,
    BOOLEAN,
    FILE,
    INTEGER,
    STRING,
    method,
)
from bot.local_telegram.world import Webhook, World

Json = dict[str, Any]

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_DEFAULT_CONNECTIONS: Final = 40
_MOST_CONNECTIONS: Final = 100


@method("getUpdates", offset=INTEGER, limit=INTEGER, timeout=INTEGER, allowed_updates=ARRAY)
def get_updates(world: World, a: Arguments) -> list[Json]:
    """Return the pending updates; if there are none, the server makes the call wait."""
    limit = a.bounded("limit", 100, 1, 100)
    return [entry.update for entry in world.updates.batch(a["offset"] or 0, limit)]


@method(
    "setWebhook",
    url=STRING,
    certificate=FILE,
    ip_address=STRING,
    max_connections=INTEGER,
    allowed_updates=ARRAY,
    drop_pending_updates=BOOLEAN,
    secret_token=STRING,
)
def set_webhook(world: World, a: Arguments) -> bool:
    """Push updates to a URL, which must be on loopback; without a URL, stop pushing."""
    url = a["url"] or ""
    secret = a["secret_token"] or ""
    if secret and not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    world.updates.allow(a["allowed_updates"])
    if a.flag("drop_pending_updates"):
        world.updates.clear()
    if not url:
        world.set_webhook(None)
        return True
    _check_address(url)
    certificate = a.uploads.get("certificate")
    world.set_webhook(
        Webhook(
            url=url,
            secret=secret,
            max_connections=a.bounded(
                "max_connections", _DEFAULT_CONNECTIONS, 1, _MOST_CONNECTIONS
            ),
            certificate=certificate.data if certificate else None,
        )
    )
    return True


@method("deleteWebhook", drop_pending_updates=BOOLEAN)
def delete_webhook(world: World, a: Arguments) -> bool:
    """Keep updates for getUpdates again."""
    if a.flag("drop_pending_updates"):
        world.updates.clear()
    world.set_webhook(None)
    return True


@method("getWebhookInfo")
def get_webhook_info(world: World, _: Arguments) -> Json:
    """Return the webhook's settings and its latest error."""
    webhook = world.webhook
    info: Json = {
        "url": webhook.url if webhook else "",
        "has_custom_certificate": bool(webhook and webhook.certificate),
        "pending_update_count": len(world.updates),
    }
    if webhook:
        info["max_connections"] = webhook.max_connections
        info["ip_address"] = "127.0.0.1"
        if webhook.last_error_date is not None:
            info["last_error_date"] = webhook.last_error_date
            info["last_error_message"] = webhook.last_error_message
    if world.updates.allowed_as_given is not None:
        info["allowed_updates"] = world.updates.allowed_as_given
    return info


@method("getFile", file_id=STRING)
def get_file(world: World, a: Arguments) -> Json:
    """Return a file's path for downloading."""
    if "file_id" not in a:
        raise bad_request("file_id not specified")
    stored = world.files.get(a["file_id"])
    if stored is None:
        raise bad_request("invalid file_id")
    size = len(stored.data)
    if size > LARGEST_DOWNLOAD:
        raise bad_request("file is too big")
    return {
        "file_id": stored.file_id,
        "file_unique_id": stored.unique_id,
        "file_size": size,
        "file_path": stored.path,
    }


def _check_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise bad_request("bad webhook: invalid URL specified") from None
    if parts.scheme not in ("http", "https"):
        raise bad_request("bad webhook: an HTTPS URL must be provided for webhook")
    if not is_loopback(host):
        raise bad_request("bad webhook: only loopback addresses are reached from a local server")


def is_loopback(host: str) -> bool:
    """Whether `host` (a name or an address) is this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
