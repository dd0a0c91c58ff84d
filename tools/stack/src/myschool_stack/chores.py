"""test, lint, gen, bench, lock: what a developer asks of the checkout; each says what it runs and what failed."""


def test(arguments: list[str], *, slow: bool) -> int:
    return 1


def lint() -> int:
    return 1


def gen() -> int:
    return 1


def bench() -> int:
    return 1


def lock() -> int:
    return 1
