"""Checks: what a student asks after an exercise, and what the school answers.

Each lab has one module here, named as the lab without its number; each exercise is one function in it, made by
`exercise`. A check never raises and never returns a bare bool: it returns a `Result` in one of three states.

>>> @exercise
... def double(answer):
...     if answer(2) != 4:
...         raise NotYet(expected="double(2) = 4", got=f"double(2) = {answer(2)}", cause="a square is not a double")
...     return "Twice as much, as asked."
>>> double(lambda x: 2 * x)
correct · double: Twice as much, as asked.
>>> double(...)
not answered · double
>>> double(lambda x: x**3)
not yet · double
  expected: double(2) = 4
  got: double(2) = 8
  likely cause: a square is not a double
"""

from lens_labs.checks._exercise import Exercise, NotYet, exercise, exercises
from lens_labs.checks._result import LEDGER, Result, State

__all__ = ["LEDGER", "Exercise", "NotYet", "Result", "State", "exercise", "exercises"]
