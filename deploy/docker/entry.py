"""First process of a container: runs the module of the image; SIGTERM works before the module handles it, which the kernel denies PID 1."""

import os
import runpy
import signal
import sys

_TERMINATED = 128 + signal.SIGTERM

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))
    sys.path.pop(0)  # this file's folder
    runpy.run_module(os.environ["MYSCHOOL_MODULE"], run_name="__main__", alter_sys=True)
