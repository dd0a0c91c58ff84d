"""Downloads from a repository that lies, breaks off, is away or is slow."""

import hashlib
import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from stack_instance import Instance

from myschool_stack.download import Artifact, Fetch, fetch, locked
from myschool_stack.errors import Cancelled, StackError

BODY = os.urandom(3_000_000)
CURE = " Check the network and start again; behind a mirror of Maven Central set MYSCHOOL_MAVEN_URL."


class Repository:
    """A Maven repository; `manner` decides how it answers."""

    def __init__(self) -> None:
        self.manner = "well"
        self.asked: list[str] = []
        repository = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                repository.asked.append(self.path)
                if repository.manner == "empty" or self.path.endswith(".sha1"):
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(BODY)))
                self.end_headers()
                if repository.manner == "lies once":
                    repository.manner = "well"
                    self.wfile.write(BODY[:-1] + bytes([BODY[-1] ^ 1]))
                elif repository.manner == "lies":
                    self.wfile.write(bytes(len(BODY)))
                elif repository.manner == "cuts":
                    self.wfile.write(BODY[:1_500_000])
                elif repository.manner == "stalls":
                    self.wfile.write(BODY[:1_500_000])
                    repository.stalled.set()
                    repository.released.wait(30)
                else:
                    self.wfile.write(BODY)

            def log_message(self, *_: object) -> None:
                pass

        self.stalled, self.released = threading.Event(), threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/maven2/"


@pytest.fixture
def repository() -> Iterator[Repository]:
    made = Repository()
    yield made
    made.released.set()
    made.server.shutdown()
    made.server.server_close()


def an_artifact(name: str = "thing") -> Artifact:
    return Artifact("org.example", name, "1.0", "jar", len(BODY), hashlib.sha256(BODY).hexdigest())


def got(repository: Repository, folder: Path, *artifacts: Artifact) -> tuple[list[Path], list[str]]:
    notes: list[str] = []
    return fetch(list(artifacts) or [an_artifact()], folder, Fetch(notes.append, mirror=repository.url)), notes


def told(repository: Repository, folder: Path) -> str:
    with pytest.raises(StackError) as error:
        got(repository, folder)
    assert list(folder.iterdir()) == []
    return str(error.value)


def test_files_arrive_with_progress_and_are_not_fetched_again(repository: Repository, tmp_path: Path) -> None:
    files, notes = got(repository, tmp_path, an_artifact("one"), an_artifact("two"))
    assert [file.name for file in files] == ["one-1.0.jar", "two-1.0.jar"]
    assert all(file.read_bytes() == BODY for file in files)
    assert notes[-1] == "download 6 of 6 MB"
    assert len(notes) >= 5
    assert "/maven2/org/example/one/1.0/one-1.0.jar" in repository.asked
    repository.asked.clear()
    assert got(repository, tmp_path, an_artifact("one"), an_artifact("two")) == (files, [])
    assert repository.asked == []


def test_file_of_right_size_and_wrong_content_is_replaced(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "thing-1.0.jar").write_bytes(bytes(len(BODY)))
    (file,), _ = got(repository, tmp_path)
    assert file.read_bytes() == BODY


def test_interrupted_download_is_begun_anew(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / ".thing-1.0.jar.new").mkdir()
    (tmp_path / ".thing-1.0.jar.new" / "half").write_bytes(BODY[:100])
    (file,), _ = got(repository, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_one_broken_answer_is_asked_for_again(repository: Repository, tmp_path: Path) -> None:
    repository.manner = "lies once"
    (file,), _ = got(repository, tmp_path)
    assert file.read_bytes() == BODY


@pytest.mark.parametrize(
    ("manner", "words"),
    [
        ("lies", "what arrived does not have the pinned hash."),
        ("cuts", "the connection was cut."),
        ("empty", "the repository does not have it."),
    ],
)
def test_broken_repository_is_told_and_leaves_nothing(repository: Repository, tmp_path: Path, manner: str, words: str) -> None:
    repository.manner = manner
    assert told(repository, tmp_path) == f"The download of thing-1.0.jar failed: {words}{CURE}"


def test_absent_network_is_told(repository: Repository, tmp_path: Path) -> None:
    repository.url = "http://127.0.0.1:9"
    assert told(repository, tmp_path) == f"The download of thing-1.0.jar failed: the repository is not reached.{CURE}"


def test_full_disk_is_left_to_the_supervisor(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Fetch, "get", full)
    with pytest.raises(OSError, match="No space left"):
        got(repository, tmp_path)


def test_stalled_download_can_be_cancelled_at_once(repository: Repository, tmp_path: Path) -> None:
    repository.manner = "stalls"
    run = Fetch(lambda _: None, mirror=repository.url)
    threading.Thread(target=lambda: (repository.stalled.wait(20), run.cancelled.set()), daemon=True).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        fetch([an_artifact()], tmp_path, run)
    assert time.monotonic() - began < 10


def test_start_without_network_on_an_empty_machine_is_told(instance: Instance, tmp_path: Path) -> None:
    cache = str(tmp_path / "cache")
    done = instance.run("up", "--parts", "valkey,kafka", XDG_CACHE_HOME=cache, MYSCHOOL_MAVEN_URL="http://127.0.0.1:9")
    assert done.returncode == 1
    sentences = [line for line in done.stdout.splitlines() if line.startswith("The download of ")]
    assert len(sentences) == 1
    assert sentences[0].endswith(f".jar failed: the repository is not reached.{CURE}")
    assert "Traceback" not in done.stdout
    assert instance.processes() == []


def test_every_pinned_file_has_a_hash_and_a_fixed_version() -> None:
    for part in ("kafka", "keycloak"):
        for artifact in locked(part):
            assert len(artifact.sha256) == 64
            assert artifact.size > 0
            assert not artifact.version.endswith("SNAPSHOT")
