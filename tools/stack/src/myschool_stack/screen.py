"""The table a person watches: live on a terminal, one line a change elsewhere."""

import contextlib
import json
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

from myschool_stack.environment import shown
from myschool_stack.state import State

_COLOURS = {"ready": "green", "done": "green", "given": "cyan", "failed": "red", "died": "red", "restarting": "yellow"}
_PERSONAS = 9


def table(state: State) -> Table:
    """Part, address, state, seconds."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for title, side in (("part", "left"), ("address", "left"), ("state", "left"), ("seconds", "right")):
        made.add_column(title, justify="right" if side == "right" else "left", no_wrap=title != "state")
    for part in state.parts:
        colour = _COLOURS.get(part.state, "dim" if part.state == "waiting" else "yellow")
        words = f"{part.state}: {part.note}" if part.note and part.state not in {"ready", "done"} else part.state
        if part.restarts:
            words += f" (restarted {part.restarts}×)"
        made.add_row(part.name, shown(part.address), f"[{colour}]{words}[/]", f"{part.seconds:.1f}" if part.seconds else "")
    return made


class Screen:
    """Shows the state as it changes."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._live: Live | None = None
        self._said: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.rest()

    def show(self, state: State) -> None:
        """Draws the table anew, or prints what changed."""
        if self.console.is_terminal:
            with _unseen():
                if self._live is None:
                    self._live = Live(console=self.console, refresh_per_second=4)
                    self._live.start()
                self._live.update(table(state))
            return
        for part in state.parts:
            if part.state != "waiting" and self._said.get(part.name) != part.state:
                self._said[part.name] = part.state
                self.say(f"{part.name:<15} {part.state:<10} {shown(part.address)} {part.seconds:.1f} s".rstrip())

    def rest(self) -> None:
        """Leaves the last table on the screen and goes on below it."""
        live, self._live = self._live, None
        if live is not None:
            with _unseen():
                live.stop()

    def say(self, text: str, style: str = "") -> None:
        """A sentence below or above the table."""
        with _unseen():
            self.console.print(text, style=style, markup=False, soft_wrap=True)


@contextlib.contextmanager
def _unseen() -> Iterator[None]:
    """A closed terminal or pipe hears nothing any more, and must not keep the parts from being stopped."""
    with contextlib.suppress(OSError, SystemExit):
        yield


def personas() -> list[str]:
    """The people one can sign in as, from the simulator's own list."""
    try:
        people = json.loads((files("myschool_esia_simulator") / "people.json").read_text())["people"]
    except (OSError, ValueError, KeyError, ModuleNotFoundError):
        return []
    return [_persona(person) for person in people if person.get("about")][:_PERSONAS]


def _persona(person: dict[str, object]) -> str:
    name = " ".join(str(person.get(key, "")) for key in ("lastName", "firstName", "middleName")).strip()
    login = next((str(person[key]) for key in ("email", "mobile", "snils") if person.get(key)), "")
    return f"{login:<28} {name}: {person['about']}"


def farewell(say: Callable[[str], None], state: State, way_out: str) -> None:
    """The last words of a good start: where to go, who to be and how to stop it."""
    address = state.environment.get("MYSCHOOL_GATEWAY_URL", "")
    if any(part.name == "gateway" for part in state.parts):
        say(f"\nOpen {address} and press «Войти через Госуслуги».")
        if people := personas():
            say("Demo people (the password of all is «demo»):")
            for line in people:
                say(f"  {line}")
    say(way_out)
