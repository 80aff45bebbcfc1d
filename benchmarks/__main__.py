"""Every comparison, one after the other."""

import asyncio
import sys

from benchmarks import broadcast, submitting

if __name__ == "__main__":
    asyncio.run(submitting.compare())
    print()
    sys.exit(0 if asyncio.run(broadcast.compare()) else 1)
