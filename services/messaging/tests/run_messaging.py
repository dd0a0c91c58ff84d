"""Messaging in a process of its own on one given database; with «die» it is killed between the first commit and its hint."""

import asyncio
import os
import signal
import sys
from dataclasses import replace

from myschool_kit.hints import Hints
from myschool_kit.service import run
from myschool_messaging.app import SERVICE
from myschool_messaging.settings import MessagingSettings


class OneDatabase(MessagingSettings):
    message_limit: int = 1000

    def database_url(self, service: str) -> str:
        return sys.argv[1]


async def _die(_self: Hints, hints: list[object]) -> None:
    if hints:
        os.kill(os.getpid(), signal.SIGKILL)


if "die" in sys.argv:
    Hints.publish = _die
asyncio.run(run(replace(SERVICE, settings=OneDatabase), serve=True, relay=False, consume=False))
