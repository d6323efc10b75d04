"""The flags that all runs have."""
import argparse
import atexit
import os
import shutil
import signal
import sys
import tempfile

from . import processes
from .subjects import KTSDB, PROMETHEUS

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


def parser(description, subject=True):
    made = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--ktsdb", default=f"{ROOT}/.build/release/ktsdb", help="the program; default: %(default)s")
    made.add_argument("--prometheus", default="prometheus", help="the reference; default: the one that is installed")
    made.add_argument("--alertmanager", default="prometheus-alertmanager", help="likewise")
    made.add_argument("--keep", metavar="DIR", help="work in this directory and leave it; default: a temporary one")
    if subject:
        made.add_argument("--subject", choices=[KTSDB, PROMETHEUS], default=KTSDB,
                          help="what is looked at; default: ktsdb")
    return made


def directory(arguments):
    """The run's directory, which is removed at its end unless the caller has named one. Servers are stopped, too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if arguments.keep:
        os.makedirs(arguments.keep, exist_ok=True)
        made = os.path.abspath(arguments.keep)
    else:
        made = tempfile.mkdtemp(prefix="ktsdb-long-")
        atexit.register(shutil.rmtree, made, ignore_errors=True)
    atexit.register(processes.stop_all)
    return made


def run(main):
    """Calls `main` and exits with what it returns; 1 for what cannot continue."""
    try:
        sys.exit(main())
    except processes.RunError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(1)
