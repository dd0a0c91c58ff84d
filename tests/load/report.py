"""The table of a run, which of the promised ratios it keeps, and the Markdown that goes into the README."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import cases
import psutil
from meter import Result

_GROUPS = ("gateway", "service", "postgres", "valkey", "relay", "consumer", "kafka")
# Times the echo of the same run.
_RATIOS = {cases.DIARY: 1.5, cases.JOURNAL: 3.5, cases.MARK: 6.0}
_GZIP_BYTES = {cases.JOURNAL: 25_000}
_STATEMENTS = {cases.JOURNAL: 2.0, cases.DIARY: 2.0, cases.SEARCH: 2.0}


@dataclass(frozen=True)
class Line:
    """One measured case with what was counted beside its CPU. `apart` are the groups that its sum leaves out."""

    result: Result
    ratio: float
    apart: frozenset[str]
    gzip_bytes: int | None
    statements: float | None

    @property
    def missed(self) -> list[str]:
        """The targets this case misses, in words."""
        name, found = self.result.name, []
        if name in _RATIOS and self.ratio > _RATIOS[name]:
            found.append(f"{name}: {self.ratio:.2f} × echo, wanted ≤ {_RATIOS[name]}")
        if name in _GZIP_BYTES and (self.gzip_bytes is None or self.gzip_bytes > _GZIP_BYTES[name]):
            found.append(f"{name}: {self.gzip_bytes} bytes gzip, wanted ≤ {_GZIP_BYTES[name]}")
        if name in _STATEMENTS and (self.statements is None or self.statements > _STATEMENTS[name]):
            found.append(f"{name}: {self.statements} SQL statements, wanted ≤ {_STATEMENTS[name]:.0f}")
        return found


def lines_of(
    results: Sequence[Result], apart: Mapping[str, frozenset[str]], sizes: Mapping[str, int], statements: Mapping[str, float]
) -> list[Line]:
    """The results against the echo among them."""
    ceiling = next(result.micros for result in results if result.name == cases.ECHO)
    return [
        Line(result, result.micros / ceiling, apart[result.name], sizes.get(result.name), statements.get(result.name)) for result in results
    ]


def markdown(lines: Sequence[Line], passes: int, foreign: float) -> str:
    """The section between the README's markers."""
    head = ["", "CPU µs", "× echo", "target", *_GROUPS, "median ms", "gzip bytes", "SQL"]
    rows = [head, ["---", *["---:"] * (len(head) - 1)], *map(_row, lines)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    said = (
        f"{date.today():%Y-%m-%d}, {machine()}; other work took {foreign:.0%} of the busy time. "  # noqa: DTZ011 - a date for people
        f"CPU per request is the cheapest of {passes} passes, each case in turn with the echo; numbers in brackets are not added up."
    )
    missed = [words for line in lines for words in line.missed]
    verdict = "All targets are met." if not missed else "Missed: " + "; ".join(missed) + "."
    return f"{table}\n\n{said} {verdict}\n"


def machine() -> str:
    """Processor, cores and Python, as far as the system tells."""
    model = platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return f"{os.cpu_count()} cores of {model}, {psutil.virtual_memory().total / 2**30:.0f} GiB, Python {platform.python_version()}"


def _row(line: Line) -> list[str]:
    result = line.result
    target = _RATIOS.get(result.name)
    return [
        result.name,
        f"{result.micros:.0f}",
        f"{line.ratio:.2f}",
        f"≤ {target}" if target else "",
        *[_part(result.parts.get(group), apart=group in line.apart) for group in _GROUPS],
        f"{result.wall_ms:.1f}",
        "" if line.gzip_bytes is None else str(line.gzip_bytes),
        "" if line.statements is None else f"{line.statements:.1f}",
    ]


def _part(micros: float | None, *, apart: bool) -> str:
    if micros is None:
        return ""
    return f"({micros:.0f})" if apart else f"{micros:.0f}"
