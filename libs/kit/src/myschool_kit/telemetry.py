"""Structured logs with personal data masked, whoever logs them."""

import logging
import re
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any

import structlog

# Trace id and method of the call being served; myschool_kit.context sets it.
served: ContextVar[tuple[str, str] | None] = ContextVar("myschool_served", default=None)
# СНИЛС (with or without dashes), Russian phone numbers, JWTs: none of them may reach a log (DESIGN §4).
_PERSONAL = r"\b\d{3}-?\d{3}-?\d{3}[ -]?\d{2}\b|\+7[\s(]*\d{3}[\s)]*\d{3}[\s-]*\d{2}[\s-]*\d{2}"
_SECRETS = re.compile(_PERSONAL + r"|\beyJ[\w-]+\.[\w-]+\.[\w-]*")
MASK = "[masked]"


def mask(text: str) -> str:
    """The text without СНИЛС, phones and tokens."""
    return _SECRETS.sub(MASK, text)


def _mask_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: mask(value) if isinstance(value, str) else value for name, value in event.items()}


def _add_trace(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    trace, method = served.get() or ("", "")
    return {"trace": trace, "rpc": method, **event} if trace else event


class _MaskFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = mask(record.getMessage()), ()
        return True


def configure(service: str, level: str = "INFO") -> None:
    """JSON lines on standard output for own and library logs alike."""
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(_MaskFilter())
    handler.setFormatter(logging.Formatter('{"level":"%(levelname)s","logger":"%(name)s","event":"%(message)s"}'))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("aiokafka", "httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            lambda _logger, _method, event: {"service": service, **event},
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _add_trace,
            structlog.processors.format_exc_info,
            _mask_event,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )


def logger(name: str) -> Any:
    """A structured logger."""
    return structlog.get_logger(module=name)
