"""The journal in a process of its own on one given database, to be killed by a test."""

import asyncio
import sys
from dataclasses import replace

from myschool_journal.app import SERVICE
from myschool_kit.service import run
from myschool_kit.settings import Settings


class OneDatabase(Settings):
    def database_url(self, service: str) -> str:
        return sys.argv[1]


asyncio.run(run(replace(SERVICE, settings=OneDatabase), serve=True, relay=False, consume=False))
