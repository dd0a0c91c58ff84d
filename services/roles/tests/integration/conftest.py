"""What several files of these tests share."""

from typing import Any

import pytest

from .house import House
from .parent import Parent


@pytest.fixture
async def house(world: Any, build: Any) -> House:
    school = await world.school()
    await world.load(school, build.book(**build.sheets()))
    return House(world, build, school)


@pytest.fixture
async def parent(world, build) -> Parent:
    school = await world.school()
    await world.load(school, build.book(**build.sheets()))
    found = Parent(world, build, school)
    found.told()
    return found
