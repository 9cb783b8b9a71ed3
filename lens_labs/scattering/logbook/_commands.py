"""What users say to an instrument, and the script that each of their sentences means."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping

from lens_labs.scattering.logbook._values import Draws

AXES = {"omega": "omega", "two theta": "tth", "chi": "chi", "phi": "phi", "height": "z", "x": "x"}
"""How users call the axes, and what they are called in a script."""

_SCANNED = ("omega", "two theta", "chi", "phi")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600}
_SHORT = {"second": "s", "minute": "min", "hour": "h"}
_LENGTHS = {"second": (10, 20, 30, 45, 60, 90, 120), "minute": range(2, 91), "hour": (1, 2, 3, 4, 6, 8, 12)}
_NUMERALS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 10: "ten", 15: "fifteen", 20: "twenty", 30: "thirty",
             45: "forty-five"}  # fmt: skip
_KINDS = ("temp", "temp", "field", "count", "count", "count", "wait", "move", "scan", "shutter")


@dataclasses.dataclass(frozen=True)
class Phrases:
    """How steps are said, one tuple of templates a kind; how they are joined, and how their order is turned round."""

    steps: Mapping[str, tuple[str, ...]]
    joins: tuple[str, ...]
    turned: tuple[str, ...]
    polite: tuple[str, ...]


TRAIN = Phrases(
    steps={
        "temp": (
            "set the sample to {} K", "go to {} K", "ramp to {} K", "set temperature to {} kelvin", "bring it to {} K",
            "sample at {} K", "T = {} K", "set {} K",
        ),
        "celsius": ("set the sample to {} C", "heat to {} degrees C", "bring the sample to {} C"),
        "field": (
            "apply {} T", "set the field to {} T", "ramp the magnet to {} tesla", "field {} T", "B = {} T",
            "put on {} T",
        ),
        "millitesla": ("apply {} mT", "set the field to {} mT", "ramp to {} mT"),
        "off": ("switch off the field", "zero field", "magnet off", "ramp the magnet down"),
        "count": ("count for {}", "measure for {}", "count {}", "take a run of {}", "acquire for {}", "collect data for {}"),
        "wait": ("wait {}", "wait for {}", "let it settle for {}", "pause {}", "equilibrate for {}", "hold for {}"),
        "move": ("move {} to {}", "drive {} to {}", "put {} at {}", "set {} to {}"),
        "scan": (
            "scan {} from {} to {} in {} points", "{} scan {} to {} with {} points", "step {} from {} to {}, {} points",
        ),
        "open": ("open the shutter", "open shutter", "let the beam in"),
        "closed": ("close the shutter", "shut the beam", "close shutter"),
    },
    joins=(" and ", " then ", ", then ", "; ", " and then ", ", "),
    turned=("{second} but first {first}", "before you {second}, {first}"),
    polite=("please {}", "{} please"),
)  # fmt: skip

HARD = Phrases(
    steps={
        "temp": ("we need {} K on the sample", "take the stick to {} kelvin", "sample temperature {} K"),
        "celsius": ("we need {} C on the sample", "warm it up to {} degC"),
        "field": ("give me {} tesla", "magnet at {} T", "we want {} T"),
        "millitesla": ("give me {} mT", "magnet at {} mT"),
        "off": ("take the field away", "no more field"),
        "count": ("get me {} of statistics", "expose for {}", "let it run for {}"),
        "wait": ("do nothing for {}", "give it {} of rest", "stay there for {}"),
        "move": ("take {} over to {}", "I want {} at {}", "shift {} to {}"),
        "scan": ("go through {} between {} and {}, {} points", "map {} over {} to {} using {} points"),
        "open": ("give us beam", "shutter up"),
        "closed": ("no more beam", "shutter down"),
    },
    joins=(" followed by ", ", afterwards ", ". After that "),
    turned=("{second}, but only after this: {first}", "later {second}, now {first}"),
    polite=("when you can: {}", "{} thanks"),
)  # fmt: skip

SPLITS: Mapping[str, Phrases] = {"train": TRAIN, "hard": HARD}


def said(draws: Draws, phrases: Phrases, max_steps: int) -> tuple[str, str]:
    """Return what a user says, and the script."""
    steps = [_STEPS[draws.choice(_KINDS)](draws, phrases) for _ in range(draws.whole(1, max_steps))]
    text = steps[0][0]
    if len(steps) == 2 and draws.chance(0.15):  # the order of the words is not the order of the steps
        text = draws.choice(phrases.turned).format(first=text, second=steps[1][0])
    else:
        for words, _ in steps[1:]:
            text += draws.choice(phrases.joins) + words
    if draws.chance(0.25):
        text = draws.choice(phrases.polite).format(text)
    if draws.chance(0.15):
        text = text[:1].upper() + text[1:]
    return text, " ; ".join(step for _, step in steps)


def _temperature(draws: Draws, phrases: Phrases) -> tuple[str, str]:
    if draws.chance(0.15):
        celsius = draws.whole(5, 90)
        return draws.choice(phrases.steps["celsius"]).format(celsius), f"temp {celsius + 273.15:g}"
    kelvin = draws.whole(1, 40) * 10 if draws.chance(0.5) else draws.whole(3, 800) / 2
    return draws.choice(phrases.steps["temp"]).format(f"{kelvin:g}"), f"temp {kelvin:g}"


def _field(draws: Draws, phrases: Phrases) -> tuple[str, str]:
    if draws.chance(0.15):
        return draws.choice(phrases.steps["off"]), "field 0"
    tesla = draws.whole(1, 100) / 10
    if tesla < 1 and draws.chance(0.5):
        return draws.choice(phrases.steps["millitesla"]).format(f"{tesla * 1000:g}"), f"field {tesla:g}"
    return draws.choice(phrases.steps["field"]).format(f"{tesla:g}"), f"field {tesla:g}"


def _count(draws: Draws, phrases: Phrases) -> tuple[str, str]:
    words, seconds = _duration(draws)
    return draws.choice(phrases.steps["count"]).format(words), f"count {seconds}"


def _wait(draws: Draws, phrases: Phrases) -> tuple[str, str]:
    words, seconds = _duration(draws)
    return draws.choice(phrases.steps["wait"]).format(words), f"wait {seconds}"


def _move(draws: Draws, phrases: Phrases) -> tuple[str, str]:
    axis, place = draws.choice(tuple(AXES)), draws.whole(-180, 180) / 2
    return draws.choice(phrases.steps["move"]).format(axis, f"{place:g}"), f"move {AXES[axis]} {place:g}"


def _scan(draws: Draws, phrases: Phrases) -> tuple[str, str]:
    axis, start = draws.choice(_SCANNED), draws.whole(-20, 20)
    end, points = start + draws.choice((2, 4, 5, 10, 20, 40)), draws.choice((11, 21, 31, 41, 51, 101))
    text = draws.choice(phrases.steps["scan"]).format(axis, start, end, points)
    return text, f"scan {AXES[axis]} {start} {end} {points}"


def _shutter(draws: Draws, phrases: Phrases) -> tuple[str, str]:
    state = draws.choice(("open", "closed"))
    return draws.choice(phrases.steps[state]), f"shutter {state}"


def _duration(draws: Draws) -> tuple[str, int]:
    """Say a length of time in one of the ways that people have; return it in seconds, too."""
    unit = draws.choice(("minute", "minute", "hour", "second"))
    length = draws.choice(_LENGTHS[unit])
    seconds = length * _SECONDS[unit]
    if (length, unit) == (1, "hour") and draws.chance(0.5):
        return draws.choice(("an hour", "one hour")), seconds
    if (length, unit) == (30, "minute") and draws.chance(0.4):
        return "half an hour", seconds
    if draws.chance(0.5):
        return f"{length} {_SHORT[unit]}", seconds
    plural = "s" if length > 1 else ""
    written = _NUMERALS[length] if length in _NUMERALS and draws.chance(0.5) else length
    return f"{written} {unit}{plural}", seconds


_STEPS: Mapping[str, Callable[[Draws, Phrases], tuple[str, str]]] = {
    "temp": _temperature,
    "field": _field,
    "count": _count,
    "wait": _wait,
    "move": _move,
    "scan": _scan,
    "shutter": _shutter,
}

_FORMS = {
    "temp": "temp kelvin",
    "field": "field tesla",
    "count": "count seconds",
    "wait": "wait seconds",
    "move": "move axis place",
    "scan": "scan axis from to points",
    "shutter": "shutter open|closed",
}


def checked(step: str) -> tuple[str, ...]:
    """Return the words of a step, or raise ValueError with what is wrong."""
    words = tuple(step.split())
    kind, *rest = words or ("",)
    if kind not in _FORMS:
        raise ValueError(f"{step!r}: a step must begin with one of {', '.join(_FORMS)}; got {kind!r}")
    if len(words) != len(_FORMS[kind].split()):
        raise ValueError(f"{step!r}: a step {kind!r} must have the form {_FORMS[kind]!r}")
    if kind == "shutter":
        if rest[0] not in ("open", "closed"):
            raise ValueError(f"{step!r}: the shutter must be 'open' or 'closed'; got {rest[0]!r}")
        return words
    if kind in ("move", "scan") and (axis := rest.pop(0)) not in AXES.values():
        raise ValueError(f"{step!r}: the axis must be one of {', '.join(AXES.values())}; got {axis!r}")
    _check_numbers(step, kind, [_number(step, word) for word in rest])
    return words


def _check_numbers(step: str, kind: str, numbers: list[float]) -> None:
    if kind == "temp" and numbers[0] <= 0:
        raise ValueError(f"{step!r}: the temperature must be more than 0 K; got {numbers[0]:g}")
    if kind in ("count", "wait") and numbers[0] <= 0:
        raise ValueError(f"{step!r}: the time must be more than 0 s; got {numbers[0]:g}")
    if kind == "scan" and numbers[0] >= numbers[1]:
        raise ValueError(f"{step!r}: a scan must go upwards; got {numbers[0]:g} to {numbers[1]:g}")
    if kind == "scan" and (numbers[2] < 2 or numbers[2] != int(numbers[2])):
        raise ValueError(
            f"{step!r}: the points of a scan must be a whole number, at least 2; got {numbers[2]:g}"
        )


def _number(step: str, word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{step!r}: a value must be a finite number; got {word!r}")
    return value
