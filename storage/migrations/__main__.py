"""For developers: ``python -m storage.migrations "why"`` writes the next migration."""

import asyncio
import sys
import tempfile

from storage import schema
from storage.engine import open_store
from storage.vault import Vault


async def write(message: str) -> None:
    """Write the migration from the newest one to the models."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite+aiosqlite:///{folder}/scratch.db", Vault([Vault.new_key()]))
        try:
            await schema.upgrade(store.engine)
            await schema.write_revision(store.engine, message)
        finally:
            await store.close()


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].strip():  # noqa: PLR2004  # the program and the message
        sys.exit('usage: python -m storage.migrations "why the tables change"')
    asyncio.run(write(sys.argv[1]))
