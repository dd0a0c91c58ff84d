"""Command line of the seed: writes and loads the demo region."""

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from myschool.roles.v1 import roles_pb2
from myschool_kit.clock import school_day
from myschool_kit.errors import DomainError
from myschool_kit.principal import Principal
from myschool_seed import files, library, load, load_chats, load_consents, load_journal, load_library, region
from myschool_seed.api import Platform, SeedError, connected
from myschool_seed.load import LoadedSchool
from myschool_seed.region import REGION, Region
from myschool_seed.settings import SeedSettings

_ITEMS = {"full": 3000, "small": 60}
_console = Console(highlight=False)


@contextmanager
def _step(name: str) -> Iterator[list[str]]:
    """Says what was done and how long it took."""
    said: list[str] = []
    started = time.perf_counter()
    yield said
    _console.print(f"{time.perf_counter() - started:6.1f} s  {name}{': ' if said else ''}{', '.join(said)}")


class Seed:
    """One run."""

    def __init__(self, model: Region, items: list[dict[str, Any]], *, progress: bool) -> None:
        self._model = model
        self._items = items
        self._progress = progress
        self._by_subject: dict[str, list[tuple[str, str]]] = {}

    def write(self, folder: Path) -> None:
        """Writes the files only."""
        folder.mkdir(parents=True, exist_ok=True)
        for file in self._files():
            (folder / file.name).write_bytes(file.content)

    def _files(self) -> list[files.File]:
        model = self._model
        return [
            files.school_book(model.school12),
            files.oneroster(model.school5),
            files.timetable_book("timetable-12.xlsx", model.school12.slots),
            files.timetable_book("timetable-05.xlsx", model.school5.slots),
            files.items_json(self._items),
        ]

    async def load(self, platform: Platform) -> None:
        """Loads everything in the order in which a region would."""
        model = self._model
        with _step("schools imported") as said:
            twelve = await load.school(platform, model.school12, files.school_book(model.school12))
            five = await load.school(platform, model.school5, files.oneroster(model.school5))
            expert = await load.officials(platform, model)
            said.append(f"{len(model.school12.pupils) + len(model.school5.pupils)} pupils")
        with _step("consents of guardians") as said:
            said.append(f"{await load_consents.give(platform, twelve)} consents")
        with _step("library and timetables") as said:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._library(platform, expert, said))
                group.create_task(load.timetable(platform, twelve, model.year))
                group.create_task(load.timetable(platform, five, model.year))
        for loaded in (twelve, five):
            await self._journal(platform, loaded)
        with _step("chats") as said:
            said.append(f"{await load_chats.post(platform, await self._members(platform, twelve))} messages")

    async def _library(self, platform: Platform, expert: Principal, said: list[str]) -> None:
        started = time.perf_counter()
        self._by_subject = await load_library.upload(platform, self._items)
        approved = await load_library.approve(platform, expert, self._items)
        said.append(f"{len(self._items)} items, {approved} approved now, {time.perf_counter() - started:.1f} s")

    async def _journal(self, platform: Platform, loaded: LoadedSchool) -> None:
        with _step(f"journals of {loaded.school.short_name}") as said:
            filler = load_journal.JournalFiller(platform, loaded, self._model.today, self._by_subject)
            await filler.run(self._advance)
            written = filler.written
            said += [f"{written.marks} marks", f"{written.absences} absences", f"{written.topics} topics", f"{written.homework} homework"]

    def _advance(self, done: int, total: int) -> None:
        if self._progress and (done % 20 == 0 or done == total):
            _console.print(f"          {done} of {total} journals")

    async def _members(self, platform: Platform, loaded: LoadedSchool) -> dict[str, Principal]:
        """The teacher of 7А, a mother and her son, as they stand in the class list."""
        request = roles_pb2.GetStudentGroupRequest(group_id=loaded.groups["7А"])
        group = await platform.read(platform.roles.GetStudentGroup, request, loaded.head)
        timur = next(student for student in group["students"] if student["full_name"].startswith("Белов Тимур"))
        mother = timur["guardians"][0]
        return {
            "teacher": loaded.principal(loaded.school.homerooms["7А"].full),
            "guardian": Principal(mother["id"], mother["full_name"], "GUARDIAN", "", loaded.id, REGION),
            "student": Principal(timur["id"], timur["full_name"], "STUDENT", "", loaded.id, REGION),
        }


async def _run(seed: Seed, settings: SeedSettings) -> None:
    async with connected(settings) as platform:
        await seed.load(platform)


def _causes(error: BaseException) -> list[BaseException]:
    """What lies inside groups of failures."""
    return [cause for inner in error.exceptions for cause in _causes(inner)] if isinstance(error, BaseExceptionGroup) else [error]


def main(
    size: Annotated[str, typer.Option(help="full: two whole schools; small: four classes, for tests")] = "full",
    today: Annotated[str, typer.Option(help="the day up to which journals are filled, 2026-11-24; default: today")] = "",
    write_only: Annotated[Path | None, typer.Option(help="write the files into this folder and load nothing")] = None,
    *,
    progress: Annotated[bool, typer.Option("--progress", help="say how far the journals are")] = False,
) -> None:
    """Write the demo region as files and load it through the product's own import and API."""
    if size not in _ITEMS:
        raise typer.BadParameter("full or small", param_hint="--size")
    try:
        day = date.fromisoformat(today) if today else school_day(load.TIME_ZONE)
    except ValueError as error:
        raise typer.BadParameter("a day like 2026-11-24", param_hint="--today") from error
    started = time.perf_counter()
    seed = Seed(region.build(size, day), library.items(_ITEMS[size]), progress=progress)
    if write_only is not None:
        seed.write(write_only)
        return
    try:
        asyncio.run(_run(seed, SeedSettings()))
    except* (SeedError, DomainError) as group:
        for cause in _causes(group):
            reason = f" ({cause.reason})" if isinstance(cause, DomainError) else ""
            _console.print(f"The demo region is not loaded: {cause}{reason}")
        sys.exit(1)
    _console.print(f"{time.perf_counter() - started:6.1f} s  in all")


if __name__ == "__main__":
    typer.run(main)
