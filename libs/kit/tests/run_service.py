"""The sample service in a process of its own, to be told to stop: its database's URL is the argument, `consume` a second one."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from sample_service import SERVICE

from myschool_kit.service import run
from myschool_kit.settings import Settings


class OneDatabase(Settings):
    def database_url(self, service: str) -> str:
        return sys.argv[1]


asyncio.run(run(replace(SERVICE, settings=OneDatabase), serve=True, relay=False, consume="consume" in sys.argv[2:]))
