"""``python -m bot.local_telegram``: for any bot, by hand."""

import asyncio
import json
import re
import sys
from asyncio.subprocess import PIPE

import aiohttp


async def test_it_serves_any_bot_until_it_is_interrupted() -> None:
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.local_telegram", "--port", "0", "--person", "Ida", stdout=PIPE
    )
    assert running.stdout is not None
    try:
        said = [(await running.stdout.readline()).decode() for _ in range(3)]
        method = re.sub("METHOD", "getMe", said[1].split()[-1])
        async with aiohttp.ClientSession() as http:
            async with http.get(method) as answer:
                assert json.loads(await answer.read())["result"]["username"] == "local_bot"
            async with http.get(said[0].split()[-1]) as page:
                assert page.status == 200
    finally:
        running.terminate()
        await running.wait()
