"""Where the stack leaves bytes behind — logs, databases, topics, Valkey — and a search for what must be in none of them."""

import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from redis.asyncio import Redis

from myschool_esia_simulator.people import People
from myschool_kit import clock
from myschool_seed import region

# Between series and number: blanks, «№», «N».
_GAP = rb"(?:[\sN]|\xc2\xa0|\xe2\x84\x96){1,5}"
_SAID = b"|".join(("аспорт".encode(), "ерия".encode(), rb"(?i:passport|series|doc_?number)"))
_SHAPES = {
    "СНИЛС": re.compile(rb"(?<![\d-])\d{3}-\d{3}-\d{3}[ -]\d{2}(?![\d-])"),
    "phone": re.compile(rb"\+7[\s(]*\d{3}[\s)]*\d{3}[\s-]*\d{2}[\s-]*\d{2}"),
    # A passport («45 10 № 123456») after a word that says so, a certificate of birth («IV-МЮ № 123456»).
    "document": re.compile(
        rb"(?:" + _SAID + rb")[^\d]{0,30}\d\d ?\d\d" + _GAP + rb"\d{6}(?!\d)"
        rb"|(?<![A-Za-z])[IVXLC]{1,6}-(?:\xd0[\x81\x90-\xaf]){2}" + _GAP + rb"\d{6}(?!\d)"
    ),
    "token": re.compile(rb"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
}
_NUMBER = re.compile(rb"(?<!\d)\d{10,11}(?!\d)")
Piece = tuple[str, bytes]


class Secrets:
    """Numbers of everybody in the demo region and in the simulated Госуслуги, and the shapes of such numbers and of tokens."""

    def __init__(self, *more: str) -> None:
        self._numbers: dict[bytes, str] = {}
        for person in People.load(None).everyone:
            self._know(person.snils, person.mobile)
        for size in ("small", "full"):
            model = region.build(size, clock.school_day("Europe/Moscow"))
            for school in (model.school12, model.school5):
                for person in (*school.staff, *school.pupils, *(guardian for pupil in school.pupils for guardian in pupil.guardians)):
                    self._know(person.snils, "")
        for text in more:
            self._know(text, "")

    def _know(self, snils: str, phone: str) -> None:
        digits, call = re.sub(r"\D", "", snils), re.sub(r"\D", "", phone)
        if digits:
            self._numbers[digits.encode()] = "СНИЛС"
        if call:
            self._numbers[call[-10:].encode()] = self._numbers[b"7" + call[-10:].encode()] = "phone"

    def __len__(self) -> int:
        return len(self._numbers)

    def kinds_in(self, data: bytes, kinds: frozenset[str] = frozenset(_SHAPES)) -> set[str]:
        """Which kinds of secrets the bytes hold; never the secrets themselves, for this goes into test output."""
        found = {kind for kind, shape in _SHAPES.items() if shape.search(data)}
        found |= {self._numbers[number] for number in _NUMBER.findall(data) if number in self._numbers}
        return found & kinds


def log_lines(folder: Path) -> list[Piece]:
    """Every line of every log, with its file and number."""
    return [
        (f"{path.name}:{number}", line)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for number, line in enumerate(path.read_bytes().splitlines(), 1)
    ]


async def rows(environment: Mapping[str, str]) -> AsyncIterator[Piece]:
    """Every column of every row of every database; bytes as they are, everything else as text."""
    server = environment["MYSCHOOL_POSTGRES_URL"].rstrip("/")
    connection = await asyncpg.connect(f"{server}/postgres")
    names = [row[0] for row in await connection.fetch("SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'")]
    await connection.close()
    for name in names:
        connection = await asyncpg.connect(f"{server}/{name}")
        try:
            columns: dict[str, list[str]] = {}
            listed = "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
            for table, column, kind in await connection.fetch(listed):
                columns.setdefault(table, []).append(f'"{column}"' if kind == "bytea" else f'"{column}"::text')
            for table, chosen in columns.items():
                async with connection.transaction():
                    async for row in connection.cursor(f'SELECT {", ".join(chosen)} FROM "{table}"'):
                        for value in row:
                            if value is not None:
                                yield f"{name}.{table}", value if isinstance(value, bytes) else value.encode()
        finally:
            await connection.close()


async def records(bootstrap: str) -> AsyncIterator[Piece]:
    """Key, value and headers of every record of every topic."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        metadata: Any = await consumer._client.fetch_all_metadata()
        partitions = [
            TopicPartition(topic, number)
            for topic in sorted(metadata.topics())
            for number in sorted(metadata.partitions_for_topic(topic) or ())
        ]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for partition, batch in (await consumer.getmany(timeout_ms=500)).items():
                for record in batch:
                    for data in (record.key, record.value, *(value for _name, value in record.headers)):
                        if data:
                            yield partition.topic, data
    finally:
        await consumer.stop()


async def valkey(url: str) -> AsyncIterator[Piece]:
    """Every key with its content."""
    async with Redis.from_url(url) as redis:
        async for key in redis.scan_iter(count=500):
            content = await redis.dump(key)
            yield f"valkey {key.decode(errors='replace').partition(':')[0]}", key + b" " + (content or b"")
