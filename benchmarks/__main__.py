"""Every comparison, one after the other."""

import asyncio

from benchmarks import submitting

if __name__ == "__main__":
    asyncio.run(submitting.compare())
