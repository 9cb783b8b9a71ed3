"""The command ``lens-labs``: what can be said to it. What it then does is in `lens_labs.school.commands`."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lens_labs import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says.

    Parameters
    ----------
    arguments : sequence of str, optional
        What stands after ``lens-labs``; the arguments of the process by default.

    Returns
    -------
    int
        Exit status: 0 if all is well, 1 if a check failed, 2 if the command could not be carried out.
    """
    options = vars(parser().parse_args(arguments))
    verb: str = options.pop("verb")
    commands = importlib.import_module(
        "lens_labs.school.commands"
    )  # after parsing: `--help` needs none of this
    try:
        return int(commands.VERBS[verb](**options))
    except commands.SchoolError as error:
        sys.stderr.write(f"lens-labs: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(
        prog="lens-labs",
        description="Machine learning for neutron and X-ray scientists: labs on measured data.",
    )
    top.add_argument("--version", action="version", version=f"lens-labs {__version__}")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    _for_students(verbs)
    _for_authors(verbs)
    return top


def _for_students(verbs: Any) -> None:
    work: dict[str, Any] = {
        "type": Path,
        "metavar": "DIR",
        "default": Path("~/lens-labs"),
        "help": "work folder (default: %(default)s)",
    }

    start = verbs.add_parser("start", help="open the school in the browser")
    start.add_argument("--work", **work)
    start.add_argument(
        "--port", type=_port, metavar="N", help="port of this machine (default: the first free one)"
    )
    start.add_argument("--no-browser", dest="browser", action="store_false", help="only print the address")
    start.add_argument("--verbose", action="store_true", help="show what the server says")
    start.add_argument(
        "--site", type=Path, metavar="DIR", help="built notes and decks, to be served with the labs"
    )

    verbs.add_parser("list", help="show the labs")

    get = verbs.add_parser("get", help="copy a lab into the work folder; nothing is ever overwritten")
    get.add_argument("lab", metavar="LAB", help="its name, as `list` shows it")
    get.add_argument("--work", **work)

    check = verbs.add_parser("check", help="run a notebook and say which exercises are solved")
    check.add_argument("notebook", type=Path, metavar="NOTEBOOK", help="the file; it is run as it was saved")

    doctor = verbs.add_parser("doctor", help="look for what is missing on this machine")
    doctor.add_argument("--work", **work)


def _for_authors(verbs: Any) -> None:
    labs: dict[str, Any] = {"nargs": "*", "metavar": "LAB", "help": "names of labs (default: all)"}

    build = verbs.add_parser("build", help="make the notebooks from their sources")
    build.add_argument("labs", **labs)
    build.add_argument(
        "--check", dest="write", action="store_false", help="write nothing; fail if any is out of date"
    )

    run = verbs.add_parser("run", help="execute labs and hold them against their promises")
    run.add_argument("labs", **labs)
    run.add_argument("--all", action="store_true", help="all labs; the default when none is named")
    run.add_argument(
        "--edition",
        choices=["student", "lecturer", "both"],
        default="both",
        help="which notebook of each lab",
    )
    run.add_argument(
        "-j", dest="jobs", type=_count, default=1, metavar="N", help="how many at a time (default: 1)"
    )
    run.add_argument(
        "--fresh", action="store_true", help="run also what has not changed since its last good run"
    )

    results = verbs.add_parser("results", help="execute labs and write down what they measure")
    results.add_argument("labs", **labs)
    results.add_argument(
        "-j", dest="jobs", type=_count, default=1, metavar="N", help="how many at a time (default: 1)"
    )

    new = verbs.add_parser("new", help="begin a new lecture or lab, a small one that is complete")
    new.add_argument("what", choices=["lecture", "lab"], help="what to write")
    new.add_argument(
        "name", metavar="NN-NAME", help="lecture in two digits, then the name, as in 03-convolution"
    )


def _count(text: str) -> int:
    return _whole(text, 1, 64)


def _port(text: str) -> int:
    return _whole(text, 0, 65535)


def _whole(text: str, low: int, high: int) -> int:
    if not text.isdecimal() or not low <= int(text) <= high:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not allowed; allowed: a whole number from {low} to {high}"
        )
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
