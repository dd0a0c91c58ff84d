"""`python -m myschool_esia_simulator`: serves on the port of MYSCHOOL_ESIA_URL, loopback or MYSCHOOL_ESIA_LISTEN_HOST."""

import uvicorn

from myschool_esia_simulator.app import create_app
from myschool_esia_simulator.settings import Settings


def main() -> None:
    """Runs until SIGTERM or Ctrl-C."""
    settings = Settings()
    uvicorn.run(create_app(settings), host=settings.esia_listen_host, port=settings.port, access_log=False)


if __name__ == "__main__":
    main()
