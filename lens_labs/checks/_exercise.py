"""From a function that judges an answer to a check that a student can call without fear."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable
from typing import Any, overload

from lens_labs.checks._result import Result, State


class NotYet(Exception):  # noqa: N818 - it reads as a sentence where it is raised
    """Raised by a judge when an answer is not correct yet.

    Parameters
    ----------
    expected, got, cause : str
        What the check looked for, what it found, and the likely reason.
    """

    def __init__(self, *, expected: str, got: str, cause: str) -> None:
        super().__init__(cause)
        self.expected, self.got, self.cause = expected, got, cause


class Exercise:
    """A check: call it with an answer, get a `Result`. Made by `exercise`."""

    def __init__(self, judge: Callable[..., str], usage: str, provided: Callable[[], Any] | None) -> None:
        functools.update_wrapper(self, judge)
        self._judge = judge
        self._usage = usage
        self._provided = provided
        self.name = judge.__name__
        self.lab = judge.__module__.rpartition(".")[2]

    def __call__(self, *answer: Any) -> Result:
        """Judge an answer; nothing that the answer does can make this raise."""
        result = self._result(answer)
        result.to_ledger()
        return result

    def or_provided(self, answer: Any) -> Any:
        """Return the answer if it is correct, otherwise what the school provides, so that the lab can go on."""
        if self._result((answer,)):
            return answer
        if self._provided is None:
            raise LookupError(f"the school provides nothing in place of {self.name!r}")
        _tell(
            f"Exercise <code>{self.name}</code> is still open: this cell goes on with what the school provides."
        )
        return self._provided()

    def _result(self, answer: tuple[Any, ...]) -> Result:
        result = functools.partial(Result, self.name, lab=self.lab)
        if any(part is ... or part is None for part in answer):
            return result(State.NOT_ANSWERED)
        try:
            return result(State.CORRECT, message=self._judge(*answer))
        except NotYet as reason:
            return result(State.NOT_YET, expected=reason.expected, got=reason.got, cause=reason.cause)
        except NotImplementedError:
            return result(State.NOT_ANSWERED)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it raises becomes an explanation
            where = f"; call it yourself to see where: {self._usage}" if self._usage else ""
            return result(
                State.NOT_YET,
                expected="an answer that runs without an error",
                got=f"{type(error).__name__}: {error}",
                cause=f"the error arose while the check used your answer{where}",
            )


@overload
def exercise(judge: Callable[..., str], /) -> Exercise: ...
@overload
def exercise(
    *, usage: str = ..., provided: Callable[[], Any] | None = ...
) -> Callable[[Callable[..., str]], Exercise]: ...


def exercise(
    judge: Callable[..., str] | None = None, /, *, usage: str = "", provided: Callable[[], Any] | None = None
) -> Exercise | Callable[[Callable[..., str]], Exercise]:
    """Turn a judge into a check.

    Parameters
    ----------
    judge : callable
        Takes an answer; returns the sentence that confirms it, or raises `NotYet`.
    usage : str
        A line of code that uses an answer, for the student whose answer raises an error.
    provided : callable, optional
        Returns what later cells use while the exercise is open (see `Exercise.or_provided`).

    Returns
    -------
    Exercise
        The check, or a decorator that makes it when only keywords are given.
    """
    if judge is None:
        return lambda judge: Exercise(judge, usage, provided)
    return Exercise(judge, usage, provided)


def exercises(lab: str) -> dict[str, Exercise]:
    """Return the exercises of a lab's module, by name, in the order in which they are defined.

    Parameters
    ----------
    lab : str
        Name of a module in `lens_labs.checks`, such as ``"reflectometry_inversion"``.
    """
    module = importlib.import_module(f"lens_labs.checks.{lab}")
    return {name: check for name, check in vars(module).items() if isinstance(check, Exercise)}


def _tell(message: str) -> None:
    """Show a note in a notebook; elsewhere there is nobody to read it."""
    if "IPython" in sys.modules:
        from IPython.display import display  # noqa: PLC0415 - only where a notebook has loaded it

        box = f'<div style="border-left:4px solid #8a95a3;padding:.2em .8em">{message}</div>'
        display({"text/html": box, "text/plain": message}, raw=True)  # type: ignore[no-untyped-call]
