"""What a region needs: CPU per request of `make bench` (README) times a model of the busiest morning minute. Writes docs/capacity.md.

Run it after `make bench`: `python tests/load/capacity.py`.
"""

import math
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHEET = ROOT / "docs" / "capacity.md"
_BEGINS, _ENDS = "<!-- bench -->", "<!-- /bench -->"
_PARTS = ("gateway", "service", "postgres", "valkey", "relay", "consumer", "kafka")

# Per 1,000 pupils.
CLASSES, TEACHERS = 33, 55
# A core is planned half full: the other half is for a lost node, a rollout and what the model does not know.
BUSY = 0.5
# Resident megabytes of the largest process of its kind after a rollout under load; a service serves, relays and consumes in one.
GATEWAY_MB, SERVICE_MB, SERVICES = 140, 190, 6
# One process is one event loop, hence about one core: what it does at half of it is a replica's share.
REGIONS = (("a small region", 50_000), ("an average region", 200_000), ("a large region", 1_000_000))
CELLS = 90  # average regions, for 18 M pupils
# Keycloak's own sizing guide: 15 sign-ins by password or 120 renewals a second and core; 1,250 MB a process.
SIGN_INS_PER_CORE, KEYCLOAK_MB, KEYCLOAK_CORES = 15, 1250, 2


@dataclass(frozen=True)
class Use:
    """How often something happens to 1,000 pupils in the busiest minute of the morning, and why we think so."""

    what: str
    row: str
    per_minute: float
    why: str


# The minute after 08:30: first lessons are being marked, families look at the day, nobody has closed the page yet.
USES = (
    Use(
        "class page opened",
        "the same, changed before every read",
        CLASSES,
        "every class has a first lesson, its teacher opens the journal in this minute; none is as it was kept",
    ),
    Use(
        "mark or attendance saved",
        "save one mark",
        CLASSES * 5,
        "five cells a class: the absent, the late, a mark (another journal was seen to get 1,500 in the minute of 08:30)",
    ),
    Use(
        "diary opened",
        "the week, changed before every read",
        60,
        "six of a hundred pupils, or somebody of their family, in the same minute; none is as it was kept",
    ),
    Use(
        "small reads",
        "the least read: four periods",
        60 * 3 + CLASSES * 2,
        "session, chats and periods with every diary or journal that is opened",
    ),
    Use("library search", "library search", TEACHERS / 10, "one teacher of ten looks something up"),
    Use(
        "chat message shown on 30 pages",
        "chat message → 30 open pages",
        CLASSES / 4,
        "one class of four writes or reads a message of the morning",
    ),
    Use("event carried on", "one event, outbox → projection", CLASSES * 5 + CLASSES / 4, "one for each write above"),
)


def figures(readme: str) -> dict[str, dict[str, float]]:
    """CPU µs by row and part. Raises ValueError when the README has no such table."""
    block = readme.partition(_BEGINS)[2].partition(_ENDS)[0]
    lines = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in block.splitlines() if line.startswith("|")]
    if len(lines) < 3:
        message = f"README.md has no table between {_BEGINS} and {_ENDS}: run `make bench`"
        raise ValueError(message)
    names = lines[0]
    found = {}
    for cells in lines[2:]:
        row = dict(zip(names, cells, strict=True))
        # What stands in brackets there is work of another row: the event of a mark. Kafka's share is that of the event itself.
        counted = (part for part in _PARTS if row[part] and (not row[part].startswith("(") or part == "kafka"))
        found[row[""]] = {part: float(row[part].strip("()")) for part in counted}
    return found


def cores(table: dict[str, dict[str, float]]) -> dict[str, float]:
    """Cores per part for 1,000 pupils, at the planned filling."""
    total = dict.fromkeys(_PARTS, 0.0)
    for use in USES:
        for part, micros in table[use.row].items():
            total[part] += use.per_minute / 60 * micros / 1e6 / BUSY
    return total


def sheet(readme: str) -> str:
    """The whole page."""
    table = figures(readme)
    needed = cores(table)
    stamp = next(line for line in readme.partition(_BEGINS)[2].splitlines() if "CPU per request is" in line).partition(" CPU per request")[
        0
    ]
    uses = [
        f"| {use.what} | {use.per_minute:.0f} | {use.per_minute / 60:.2f} | {sum(table[use.row].values()):.0f} | {use.why} |"
        for use in USES
    ]
    sign_ins = sum(use.per_minute for use in USES if "opened" in use.what) / 2 / 60
    keycloak = sign_ins / SIGN_INS_PER_CORE / BUSY
    rows = [_line(name, _region(pupils, needed, keycloak)) for name, pupils in REGIONS]
    average = _region(REGIONS[1][1], needed, keycloak)
    rows.append(_line(f"the country: {CELLS} average regions", tuple(value * CELLS for value in average)))
    parts = [f"| {part} | {value * 1000:.1f} |" for part, value in needed.items()]
    return "\n".join(
        [
            "# Capacity",
            "",
            "Computed by `python tests/load/capacity.py` from the figures of `make bench` in the README and the model below; a test holds it fresh.",
            "It is a plan for the busiest minute of a school morning, the one after 08:30, not a measurement of a region: change the model where you know better.",
            "",
            "## The model: 1,000 pupils in that minute",
            f"{CLASSES} classes of 30, {TEACHERS} teachers. Everything in this table but the CPU is an assumption.",
            "",
            "| what | times a minute | a second | CPU µs each | why |",
            "| --- | ---: | ---: | ---: | --- |",
            *uses,
            "",
            f"CPU as measured: {stamp.strip()} A core is planned {BUSY:.0%} full.",
            "",
            "## CPU for 1,000 pupils",
            "| part | thousandths of a core |",
            "| --- | ---: |",
            *parts,
            f"| keycloak | {keycloak * 1000:.1f} |",
            f"| **together** | **{(sum(needed.values()) + keycloak) * 1000:.1f}** |",
            "",
            f"Keycloak is not in the bench: its own guide says {SIGN_INS_PER_CORE} sign-ins a second and core; every second page that is opened in that minute begins with one.",
            "",
            "## Regions",
            "At least two processes of everything, for a rollout and a lost node; one process has one event loop and so uses at most one core.",
            f"Memory: a gateway {GATEWAY_MB} MB, a process of a service {SERVICE_MB} MB, Keycloak {KEYCLOAK_MB} MB with {KEYCLOAK_CORES} cores; PostgreSQL, Kafka and Valkey come on top",
            "and go by the size of data, not by requests.",
            "",
            "| | pupils | cores, services and gateway | Keycloak | PostgreSQL | Kafka and Valkey | gateways | processes of services | Keycloaks | GB of these |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
            *rows,
            "",
            "The journal has most of the services' processes, the others keep two. No process is shared between regions, so the country is a sum of cells.",
            "",
        ]
    )


def _region(pupils: int, needed: dict[str, float], keycloak: float) -> tuple[float, ...]:
    """One region's line: pupils, cores of three kinds, processes of three kinds, memory."""
    own = {part: micro * pupils / 1000 for part, micro in needed.items()}
    service = own["service"] + own["relay"] + own["consumer"]
    gateways = max(2, math.ceil(own["gateway"]))
    # Five services at their least, and the one that does nearly all of the morning.
    processes = 2 * (SERVICES - 1) + max(2, math.ceil(service))
    keycloaks = max(2, math.ceil(keycloak * pupils / 1000 / KEYCLOAK_CORES))
    megabytes = gateways * GATEWAY_MB + processes * SERVICE_MB + keycloaks * KEYCLOAK_MB
    return (
        pupils,
        own["gateway"] + service,
        keycloak * pupils / 1000,
        own["postgres"],
        own["kafka"] + own["valkey"],
        gateways,
        processes,
        keycloaks,
        megabytes / 1024,
    )


def _line(name: str, values: tuple[float, ...]) -> str:
    pupils, ours, keycloak, postgres, stores, gateways, processes, keycloaks, gigabytes = values
    cells = [name, f"{pupils:,}", f"{ours:.1f}", f"{keycloak:.1f}", f"{postgres:.1f}", f"{stores:.1f}"]
    cells += [str(gateways), str(processes), str(keycloaks), f"{gigabytes:.1f}"]
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    SHEET.write_text(sheet((ROOT / "README.md").read_text()))
