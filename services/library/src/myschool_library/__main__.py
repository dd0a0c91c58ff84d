"""`python -m myschool_library serve | relay | consume | migrate | check-config`."""

from myschool_kit.service import command_line
from myschool_library.app import SERVICE

if __name__ == "__main__":
    command_line(SERVICE)()
