"""Regions side by side, for those who look after the whole federation."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import asyncpg

from myschool_analytics.federation import rules
from myschool_analytics.federation.model import Cell
from myschool_analytics.federation.repository import FederationRepository
from myschool_kit import clock
from myschool_kit.errors import Invalid, Violation


class Federation:
    """Reads of what the cells have told. Only aggregates are here: there is nothing to scope."""

    def __init__(self, cells: Sequence[Cell], repository: FederationRepository) -> None:
        self._cells = cells
        self._repository = repository

    async def overview(self, first_day: str) -> dict[str, Any]:
        """All cells of the register in one week. Body of GET /federation. Raises Invalid for what is no Monday."""
        rows = await self._repository.side_by_side([cell.code for cell in self._cells], _monday(first_day))
        by_cell = defaultdict(list)
        for row in rows:
            by_cell[row["code"]].append(row)
        expected = rules.expected_week(clock.now().date())
        cells = [_cell(cell, by_cell[cell.code], expected) for cell in self._cells]
        day = rows[0]["day"] if rows else None
        return {
            "first_day": day,
            "last_day": day + timedelta(days=6) if day else None,
            "expected_first_day": expected,
            "weeks": (rows[0]["weeks"] or []) if rows else [],
            "totals": _totals(cells),
            "cells": cells,
        }


def _monday(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        day = date(1, 1, 2)
    if day is not None and day.weekday() != 0:
        raise Invalid("the request has bad fields", violations=[Violation("first_day", "give a Monday like 2026-11-23")])
    return day


def _cell(cell: Cell, rows: list[asyncpg.Record], expected: date) -> dict[str, Any]:
    seen = rows[0]
    told = [row for row in rows if row["measure"] is not None]
    return {
        **cell.model_dump(include={"code", "name", "page", "since"}),
        "state": rules.state(seen["newest"], expected),
        "newest_first_day": seen["newest"],
        "computed_at_ms": clock.epoch_ms(seen["computed_at"]) if seen["computed_at"] else None,
        "received_at_ms": clock.epoch_ms(seen["received_at"]) if seen["received_at"] else None,
        "figures": [_figure(row) for row in sorted(told, key=lambda row: row["measure"])],
    }


def _figure(row: asyncpg.Record) -> dict[str, Any]:
    """`value` is None where too few people stand behind it."""
    parts = [{"name": name, "value": amount} for name, amount in zip(row["names"], row["amounts"], strict=True)]
    return {"measure": row["measure"], "value": parts[0]["value"] if parts else None, "parts": parts[1:]}


def _totals(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sums over the cells that told the measure, and how many those are."""
    values = defaultdict(list)
    for cell in cells:
        for figure in cell["figures"]:
            if figure["value"] is not None:
                values[figure["measure"]].append(figure["value"])
    return [{"measure": measure, "value": sum(found), "cells": len(found)} for measure, found in sorted(values.items())]
