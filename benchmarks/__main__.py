"""Every comparison, one after the other."""

import asyncio

from benchmarks import broadcast, submitting

if __name__ == "__main__":
    asyncio.run(submitting.compare())
    print()
    asyncio.run(broadcast.compare())
