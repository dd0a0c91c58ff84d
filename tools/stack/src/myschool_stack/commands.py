"""up, down, status, logs, reset, demo: what a person asks of an instance."""

import contextlib
import os
import shlex
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
from myschool_stack.layout import PORT_SHIFT, PORTS, Profile
from myschool_stack.parts import mail
from myschool_stack.parts.base import Node, Part, Work
from myschool_stack.plan import chosen
from myschool_stack.screen import Screen, farewell, table
from myschool_stack.state import State
from myschool_stack.supervisor import Supervisor

_ROOM_FRESH, _ROOM_AGAIN = 2_500_000_000, 300_000_000
_START_SECONDS, _STOP_SECONDS = 900.0, 120.0
_WAY_OUT = "`make down` stops everything."


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
            farewell(screen.say, supervisor.state, "Ctrl-C stops everything.")
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
    screen.say(f"It runs already ({current.phase}, process {current.supervisor}); nothing to do.")
    screen.console.print(table(current))
    farewell(screen.say, current, _WAY_OUT)
    return 0


def up_detached(profile: Profile, names: list[str] | None, screen: Screen) -> int:
    """Runs the supervisor in the background and returns once everything is ready or something failed."""
    with state.ownership(profile) as mine:
        if not mine:
            return _already_detached(profile, screen)
        sweep(profile, screen.say)
        state.path(profile).unlink(missing_ok=True)
    profile.logs.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "myschool_stack", "up", "--profile", profile.name, "--home", str(profile.home)]
    command += ["--parts", ",".join(names)] if names is not None else []
    ports = {f"MYSCHOOL_PORT_{name.upper()}": str(number) for name, number in profile.ports.items()}
    log = profile.logs / "supervisor.log"
    log.unlink(missing_ok=True)
    child = process.spawn(command, dict(profile.caller) | ports, log, profile.root)
    try:
        current = _await_up(profile, lambda: child.poll() is None, screen)
    except KeyboardInterrupt:
        screen.say("Stopping, in order …")
        process.end(child, signal.SIGTERM, _STOP_SECONDS)
        screen.say("Stopped before everything was up.")
        return 130
    if current.phase == state.UP:
        screen.say(f"\nEverything is up in {current.seconds:.0f} s. Data: {profile.home}")
        farewell(screen.say, current, _WAY_OUT)
        return 0
    process.end(child, signal.SIGTERM, _STOP_SECONDS)
    screen.say(current.message or process.tail(log), style="red")
    return 1


def _already_detached(profile: Profile, screen: Screen) -> int:
    """Another terminal starts it at this moment: ready means ready here too."""
    if state.read(profile).phase == state.STARTING:
        screen.say("It is being started already; waiting for that.")
        _await_up(profile, lambda: state.read(profile).alive(), screen)
    code = already(profile, screen)
    return code if state.read(profile).phase == state.UP else 1


def _await_up(profile: Profile, lives: Callable[[], bool], screen: Screen) -> State:
    deadline = time.monotonic() + _START_SECONDS
    with screen:
        while time.monotonic() < deadline:
            living, current = lives(), state.read(profile)
            screen.show(current)
            if current.phase == state.UP or not living:
                break
            process.pause(0.2)
    return state.read(profile)


def down(profile: Profile, say: Callable[[str], None]) -> int:
    """Stops an instance from any terminal, and what a killed supervisor left behind."""
    current = _supervised(profile)
    supervisor = process.same(current.supervisor, current.born) if current.supervisor else None
    if supervisor is None:
        if not sweep(profile, say):
            say("Nothing runs.")
        return 0
    say("Stopping, in order …")
    supervisor.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while process.same(current.supervisor, current.born) and time.monotonic() < deadline:
        process.pause(0.1)
    if process.same(current.supervisor, current.born):
        supervisor.kill()
        sweep(profile, say)
    say("Everything is stopped.")
    return 0


def _supervised(profile: Profile) -> State:
    """The state; waits for it while an owner has just come and not written it yet."""
    for _ in range(50):
        current = state.read(profile)
        with state.ownership(profile) as free:
            if free or current.alive():
                break
        process.pause(0.2)
    return current


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
    down = [part.name for part in current.parts if part.state in {"died", "restarting"}]
    if down:
        screen.say(f"{', '.join(down)}: not working, see `make logs PART={down[0]}`.", style="red")
    return 0 if current.phase == state.UP and not down else 3


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


def letters(profile: Profile, say: Callable[[str], None]) -> int:
    """The last letters that were sent, the newest at the end."""
    found = list(mail.letters(profile))[-10:]
    for letter in found:
        say(f"== {letter['Date']} · to {letter['To']} · {letter['Subject']}\n{letter.get_content()}")
    if not found:
        say("No letter has been sent yet.")
    return 0


def reset(profile: Profile, say: Callable[[str], None], *, sure: bool) -> int:
    """Stops the instance and removes its data: databases, files, keys, logs."""
    if not sure:
        if not sys.stdin.isatty():
            raise StackError(f"This removes all data in {profile.home}.", "Say `make reset YES=1` if you mean it.")
        if not _agreed(f"Remove all data in {profile.home}? Type yes: "):
            say("Nothing was removed.")
            return 1
    down(profile, say)
    jobs.forget(profile.home)
    if unprivileged():
        jobs.forget(profile.unprivileged_place())
    say("All data is removed; `make up` makes it anew.")
    return 0


def _agreed(question: str) -> bool:
    try:
        return input(question).strip().lower() in {"yes", "да"}
    except (EOFError, KeyboardInterrupt):
        return False


def demo(profile: Profile, say: Callable[[str], None]) -> int:
    """Loads the demo region into the running instance once more."""
    current = state.read(profile)
    if not current.alive() or current.phase != state.UP:
        raise StackError("The stack does not run.", "Start it by `make up`, then load the demo region from another terminal.")
    running = Profile(profile.name, profile.home, profile.ports, profile.durable, caller={**profile.caller, **current.environment})
    jobs.demo(Work(running, "demo", lambda note: say(f"demo: {note} …")))
    say("The demo region is loaded.")
    return 0


def check_room(profile: Profile) -> None:
    """A start needs room for data and downloads; a full disk is better said before than met half-way."""
    needed = _ROOM_AGAIN if (profile.home / "migrated").exists() else _ROOM_FRESH
    elsewhere = [profile.unprivileged_place().parent] if unprivileged() else []
    for folder in (profile.home, profile.cache, *elsewhere):
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        if free < needed:
            cure = "Free some space, then start again."
            raise StackError(f"The disk under {folder} has {free / 1e6:.0f} MB free, {needed / 1e6:.0f} MB are needed.", cure)


def check_ports(profile: Profile, nodes: list[Node]) -> None:
    """Every port a part wants, tried before anything starts; names the processes that hold them where that can be seen."""
    wanted = [(name, node.name) for node in nodes if isinstance(node, Part) for name in node.ports]
    taken = [(name, part) for name, part in wanted if _taken(profile.port(name))]
    if not taken:
        return
    found = []
    for name, part in taken:
        holder = process.listener(profile.port(name))
        found.append(f"Port {profile.port(name)}, which {part} needs, is taken{f' by {holder}' if holder else ''}.")
    name = taken[0][0]
    cure = "Stop that program"
    if len(taken) == 1:
        cure += f", or choose another port: MYSCHOOL_PORT_{name.upper()}={_other(profile.port(name))} make up."
    else:
        cure += f" (another checkout: `make down` there), or move all ports: {PORT_SHIFT}=10000 make up."
    raise StackError("\n".join(found), cure)


def _taken(number: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError:
            return True
    return False


def _other(number: int) -> int:
    return next((other for other in range(number + 10000, 65000) if other not in PORTS.values() and not _taken(other)), 0)


def environment_lines(profile: Profile) -> list[str]:
    """Shell lines that give a terminal the environment of the running instance."""
    current = state.read(profile)
    if not current.alive():
        raise StackError("The stack does not run.", "Start it by `make up`.")
    return [f"export {name}={shlex.quote(value)}" for name, value in sorted(current.environment.items())]
