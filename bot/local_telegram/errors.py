"""The errors of the Bot API."""

from typing import Any


class ApiError(Exception):
    """A Bot API answer with ``ok`` false.

    ``code`` is the HTTP status and the body's ``error_code``, ``description`` the error message,
    ``parameters`` the body's object of that name (``retry_after``, ``migrate_to_chat_id``) or None.
    """

    def __init__(
        self, code: int, description: str, parameters: dict[str, Any] | None = None
    ) -> None:
        super().__init__(code, description)
        self.code = code
        self.description = description
        self.parameters = parameters

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "ok": False,
            "error_code": self.code,
            "description": self.description,
        }
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad_request(reason: str) -> ApiError:
    """Return the 400 with the description «Bad Request: `reason`»."""
    return ApiError(400, f"Bad Request: {reason}")


def forbidden(reason: str) -> ApiError:
    """Return the 403 with the description «Forbidden: `reason`»."""
    return ApiError(403, f"Forbidden: {reason}")


def conflict(reason: str) -> ApiError:
    """Return the 409 with the description «Conflict: `reason`»."""
    return ApiError(409, f"Conflict: {reason}")


def too_many_requests(seconds: int) -> ApiError:
    """Return the 429 that asks to wait `seconds` (a whole number, at least one)."""
    return ApiError(
        429, f"Too Many Requests: retry after {seconds}", parameters={"retry_after": seconds}
    )
