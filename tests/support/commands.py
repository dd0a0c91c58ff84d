"""Shell commands of a documentation page, run as somebody who follows it would."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any


def documents(text: str) -> list[Any]:
    """The JSON documents that the commands printed one after the other."""
    found, rest = [], text.strip()
    while rest:
        document, end = json.JSONDecoder().raw_decode(rest)
        found.append(document)
        rest = rest[end:].lstrip()
    return found


async def run(script: str, folder: Path, environment: dict[str, str]) -> list[Any]:
    """The JSON documents that the script prints; it stops at the first command that fails."""
    process = await asyncio.create_subprocess_exec(
        "bash", "-euc", script, cwd=folder, env=os.environ | environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return documents(output.decode())
