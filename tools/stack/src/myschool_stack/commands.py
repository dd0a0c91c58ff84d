"""up, down, status, logs, reset, demo: what a person asks of an instance."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from myschool_stack import jobs, process, state
from myschool_stack.account import unprivileged
from myschool_stack.errors import Cancelled, StackError
from myschool_stack.keys import ensure_keys
from myschool_stack.layout import PORTS, Profile
from myschool_stack.parts.base import Node, Part, Work
from myschool_stack.plan import chosen
from myschool_stack.screen import Screen, farewell, table
from myschool_stack.state import State
from myschool_stack.supervisor import Supervisor

_ROOM_FRESH, _ROOM_AGAIN = 2_500_000_000, 300_000_000
_START_SECONDS = 900.0


def up(profile: Profile, names: list[str] | None, screen: Screen) -> int:
    """Runs an instance in the foreground until Ctrl-C or `make down`; answers the exit code."""
    with state.ownership(profile) as mine:
        if not mine:
            return already(profile, screen)
        sweep(profile, screen.say)
        shutil.rmtree(profile.holds, ignore_errors=True)
        ensure_keys(profile.keys)
        nodes = chosen(profile, names)
        check_room(profile)
        check_ports(profile, nodes)
        return _run(Supervisor(profile, nodes, screen.show, screen.say), screen, profile)


def _run(supervisor: Supervisor, screen: Screen, profile: Profile) -> int:
    supervisor.state.supervisor, supervisor.state.born = os.getpid(), process.born(os.getpid())
    with _signals(supervisor.stopping.set), screen:
        try:
            supervisor.start()
            screen.rest()
            screen.say(f"\nEverything is up in {supervisor.state.seconds:.0f} s. Data: {profile.home}")
            farewell(screen.say, supervisor.state)
            supervisor.watch()
        except Cancelled:
            screen.rest()
            screen.say("Stopped before everything was up.")
        except StackError as error:
            screen.rest()
            screen.say(f"\n{error}", style="red")
            return 1
        finally:
            screen.say("Stopping, in order …")
            supervisor.stop()
            screen.rest()
    screen.say("Everything is stopped.")
    return 0


@contextlib.contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C, a closed terminal and `make down` all mean the same; pressing twice changes nothing."""
    before = {number: signal.signal(number, lambda *_: stop()) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def already(profile: Profile, screen: Screen) -> int:
    """A second `make up`: says so, shows the table, is content."""
    current = state.read(profile)
    screen.say(f"It runs already ({current.phase}, process {current.supervisor}); nothing to do. `make down` stops it.")
    screen.console.print(table(current))
    farewell(screen.say, current)
    return 0


def up_detached(profile: Profile, names: list[str] | None, screen: Screen) -> int:
    """Runs the supervisor in the background and returns once everything is ready or something failed."""
    with state.ownership(profile) as mine:
        if not mine:
            return already(profile, screen)
        sweep(profile, screen.say)
        state.path(profile).unlink(missing_ok=True)
    profile.logs.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "myschool_stack", "up", "--profile", profile.name, "--home", str(profile.home)]
    command += ["--parts", ",".join(names)] if names is not None else []
    ports = {f"MYSCHOOL_PORT_{name.upper()}": str(number) for name, number in profile.ports.items()}
    child = process.spawn(command, dict(profile.caller) | ports, profile.logs / "supervisor.log", profile.root)
    current = _await_up(profile, child, screen)
    if current.phase == state.UP:
        screen.say(f"Everything is up in {current.seconds:.0f} s.")
        return 0
    screen.say(current.message or process.tail(profile.logs / "supervisor.log"), style="red")
    return 1


def _await_up(profile: Profile, child: "subprocess.Popen[bytes]", screen: Screen) -> State:
    deadline = time.monotonic() + _START_SECONDS
    with screen:
        while time.monotonic() < deadline:
            current = state.read(profile)
            screen.show(current)
            if current.phase == state.UP or child.poll() is not None:
                return state.read(profile)
            process.pause(0.2)
    process.end(child, signal.SIGTERM, 60)
    return state.read(profile)


def down(profile: Profile, say: Callable[[str], None]) -> int:
    """Stops an instance from any terminal, and what a killed supervisor left behind."""
    current = state.read(profile)
    supervisor = process.same(current.supervisor, current.born) if current.supervisor else None
    if supervisor is None:
        if not sweep(profile, say):
            say("Nothing runs.")
        return 0
    say("Stopping, in order …")
    supervisor.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + 120
    while process.same(current.supervisor, current.born) and time.monotonic() < deadline:
        process.pause(0.1)
    if process.same(current.supervisor, current.born):
        supervisor.kill()
        sweep(profile, say)
    say("Everything is stopped.")
    return 0


def sweep(profile: Profile, say: Callable[[str], None]) -> int:
    """Ends processes of an earlier start whose supervisor is gone; answers how many there were."""
    current = state.read(profile)
    if current.alive():
        return 0
    orphans = {one.pid: one for one in [*current.processes(), *process.marked(profile.home)]}
    if orphans:
        say(f"An earlier start was killed and left {len(orphans)} processes: ending them.")
        process.end_all(orphans.values(), grace=20)
    return len(orphans)


def status(profile: Profile, screen: Screen) -> int:
    """The table of a running instance; exit code 0 when it is up, 3 when it is not."""
    current = state.read(profile)
    if not current.alive():
        left = len(current.processes())
        screen.say(f"It does not run.{f' {left} processes are left: `make down` ends them.' if left else ''}")
        return 3
    screen.console.print(table(current))
    screen.say(f"{current.phase}, supervised by process {current.supervisor}")
    return 0 if current.phase == state.UP else 3


def logs(profile: Profile, part: str, say: Callable[[str], None], *, follow: bool) -> int:
    """The last lines of one part's log, or of all; `follow` goes on as lines arrive."""
    names = sorted(path.stem for path in profile.logs.glob("*.log"))
    if part and part not in names:
        raise StackError(f"There is no log of {part}.", f"There are: {', '.join(names) or 'none yet'}.")
    chosen_logs = [profile.logs / f"{name}.log" for name in names if part in {"", name}]
    if follow and chosen_logs:
        with contextlib.suppress(KeyboardInterrupt):
            subprocess.run(["tail", "-n", "50", "-F", *map(str, chosen_logs)], check=False)
        return 0
    for path in chosen_logs:
        say(f"== {path}\n{process.tail(path, 200 if part else 10)}")
    return 0


def reset(profile: Profile, say: Callable[[str], None], *, sure: bool) -> int:
    """Stops the instance and removes its data: databases, files, keys, logs."""
    if not sure:
        if not sys.stdin.isatty():
            raise StackError(f"This removes all data in {profile.home}.", "Say `make reset YES=1` if you mean it.")
        if input(f"Remove all data in {profile.home}? Type yes: ").strip().lower() != "yes":
            say("Nothing was removed.")
            return 1
    down(profile, say)
    jobs.forget(profile.home)
    if unprivileged():
        jobs.forget(profile.unprivileged_place())
    say("All data is removed; `make up` makes it anew.")
    return 0


def demo(profile: Profile, say: Callable[[str], None]) -> int:
    """Loads the demo region into the running instance once more."""
    current = state.read(profile)
    if not current.alive() or current.phase != state.UP:
        raise StackError("The stack does not run.", "Start it by `make up`, then load the demo region from another terminal.")
    running = Profile(profile.name, profile.home, profile.ports, profile.durable, caller={**profile.caller, **current.environment})
    jobs.demo(Work(running, "demo", lambda _: None))
    say("The demo region is loaded.")
    return 0


def check_room(profile: Profile) -> None:
    """A start needs room for data and downloads; a full disk is better said before than met half-way."""
    needed = _ROOM_AGAIN if (profile.home / "migrated").exists() else _ROOM_FRESH
    for folder in (profile.home, profile.cache):
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        if free < needed:
            cure = "Free some space, then start again."
            raise StackError(f"The disk under {folder} has {free / 1e6:.0f} MB free, {needed / 1e6:.0f} MB are needed.", cure)


def check_ports(profile: Profile, nodes: list[Node]) -> None:
    """Every port a part wants, tried before anything starts; names the process that holds it where that can be seen."""
    for node in nodes:
        for name in node.ports if isinstance(node, Part) else ():
            number = profile.port(name)
            if _taken(number):
                holder = process.listener(number)
                cause = f"Port {number}, which {node.name} needs, is taken{f' by {holder}' if holder else ''}."
                raise StackError(
                    cause, f"Stop that program, or choose another port: MYSCHOOL_PORT_{name.upper()}={_other(number)} make up."
                )


def _taken(number: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError:
            return True
    return False


def _other(number: int) -> int:
    return next((other for other in range(number + 10000, 65000) if other not in PORTS.values()), 0)


def environment_lines(profile: Profile) -> list[str]:
    """Shell lines that give a terminal the environment of the running instance."""
    return [f"export {name}='{value}'" for name, value in sorted(state.read(profile).environment.items())]
