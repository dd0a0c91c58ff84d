"""A relay of the sample service in a process of its own, to be killed by the test."""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from myschool_kit import telemetry
from myschool_kit.relay import Relay
from myschool_kit.settings import Settings


class OneDatabase(Settings):
    def database_url(self, service: str) -> str:
        return sys.argv[1]


telemetry.configure("messaging")
asyncio.run(Relay("messaging", OneDatabase(topic_prefix=sys.argv[2])).run())
