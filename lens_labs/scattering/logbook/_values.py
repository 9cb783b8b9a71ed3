"""Numbers, dates and times as people write them in a logbook, each with what it means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Said = tuple[str, float | str | None]
"""Words, and what they mean: a number in the unit of its label, a text in standard form, or None."""


class Draws:
    """Random choices from a row of uniform numbers, which are used one after the other."""

    def __init__(self, numbers: Iterable[float]) -> None:
        self._next = iter(numbers).__next__

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self._next() < probability

    def choice(self, options: Sequence[Item]) -> Item:
        """Return one of the options, each with the same chance."""
        return options[int(self._next() * len(options))]

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return low + int(self._next() * (high - low + 1))


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_KELVIN = (1.5, 1.8, 2, 3, 4, 4.2, 5, 8, 10, 12.5, 15, 20, 25, 30, 40, 50, 60, 77, 80, 95, 100, 120, 150, 180, 200,
           220, 250, 270, 290, 295, 298, 300, 310, 320, 340, 350, 373, 400, 450, 500, 600, 700, 800, 900)  # fmt: skip
_COLD, _WARM = (tuple(k for k in _KELVIN if (k < 100) == cold) for cold in (True, False))
_CELSIUS = (4, 15, 20, 22, 25, 30, 37, 40, 50, 60, 80, 90, 120, 150)
_TESLA = (0.05, 0.1, 0.2, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14)
_ANGSTROM = (1.2, 1.54, 1.8, 2.36, 2.4, 3.1, 4.2, 4.7, 5, 6, 8, 9, 12, 14)
_FACTOR = {"K": 1.0, "kelvin": 1.0, "mK": 1e-3, "T": 1.0, "tesla": 1.0, "mT": 1e-3, "kOe": 0.1, "GPa": 1.0, "kbar": 0.1,
           "bar": 1e-4, "A": 1.0, "Å": 1.0, "angstrom": 1.0}  # fmt: skip


def meaning(words: str) -> float | None:
    """Return what a quantity means in K, T, GPa or Å, or None if its words name no number.

    Examples
    --------
    >>> meaning("25 °C"), meaning("200 mT"), meaning("10 kbar"), meaning("room temperature")
    (298.15, 0.2, 1.0, None)
    """
    if words in ("zero field", "ZF"):
        return 0.0
    end = next((place for place, letter in enumerate(words) if letter not in "0123456789.-"), len(words))
    if not end:
        return None
    unit = words[end:].strip()
    if unit in ("C", "degC", "°C"):
        return round(float(words[:end]) + 273.15, 6)
    return round(float(words[:end]) * _FACTOR[unit], 6)


def temperature(draws: Draws) -> Said:
    """Write a temperature; it means kelvin."""
    if draws.chance(0.12):
        words = draws.choice(("base temperature", "room temperature", "base", "RT"))
    elif draws.chance(0.2):
        words = _celsius(draws)
    else:
        words = _kelvin(draws, _KELVIN)
    return words, meaning(words)


def cold(draws: Draws) -> Said:
    """Write a temperature to which something is cooled, below 100 K; it means kelvin."""
    words = draws.choice(("base temperature", "base")) if draws.chance(0.1) else _kelvin(draws, _COLD)
    return words, meaning(words)


def warm(draws: Draws) -> Said:
    """Write a temperature to which something is warmed, 100 K or more; it means kelvin."""
    if draws.chance(0.1):
        words = draws.choice(("room temperature", "RT"))
    else:
        words = _celsius(draws) if draws.chance(0.3) else _kelvin(draws, _WARM)
    return words, meaning(words)


def _celsius(draws: Draws) -> str:
    return f"{draws.choice(_CELSIUS)}{draws.choice((' C', ' degC', ' °C', 'C'))}"


def _kelvin(draws: Draws, values: Sequence[float]) -> str:
    kelvin = draws.choice(values)
    if kelvin < 2.5 and draws.chance(0.4):
        return f"{kelvin * 1000:g} mK"
    return f"{kelvin:g}{draws.choice((' K', 'K', ' K', ' kelvin'))}"


def field(draws: Draws) -> Said:
    """Write a magnetic field; it means tesla."""
    tesla = draws.choice(_TESLA)
    if draws.chance(0.1):
        words = draws.choice(("zero field", "ZF"))
    elif tesla < 1 and draws.chance(0.4):
        words = f"{tesla * 1000:g}{draws.choice((' mT', 'mT'))}"
    elif draws.chance(0.08):
        words = f"{tesla * 10:g} kOe"
    else:
        words = f"{tesla:g}{draws.choice((' T', 'T', ' tesla'))}"
    return words, meaning(words)


def pressure(draws: Draws) -> Said:
    """Write a pressure; it means gigapascal."""
    unit, values = draws.choice(
        (("GPa", (0.2, 0.5, 1, 1.2, 2, 3.5, 5)), ("kbar", (1, 2, 5, 10, 15)), ("bar", range(20, 601, 10)))
    )
    words = f"{draws.choice(values):g} {unit}"
    return words, meaning(words)


def wavelength(draws: Draws) -> Said:
    """Write a wavelength; it means ångström."""
    words = f"{draws.choice(_ANGSTROM):g} {draws.choice(('A', 'Å', 'angstrom'))}"
    return words, meaning(words)


def run(draws: Draws) -> Said:
    """Write the number of a run, or of the first and the last of several."""
    first = draws.whole(10021, 99873)
    form = draws.whole(0, 4)
    if form < 3:
        return ("", "#", "run ")[form] + str(first), str(first)
    span = f"{first}-{first + draws.whole(2, 24)}"
    return ("", "runs ")[form - 3] + span, span


def date(draws: Draws) -> Said:
    """Write a date, day before month; it means ISO 8601."""
    day, month, year = draws.whole(1, 28), draws.whole(1, 12), draws.whole(2014, 2026)
    iso = f"{year}-{month:02}-{day:02}"
    name = _MONTHS[month - 1]
    forms = (
        iso,
        f"{day:02}/{month:02}/{year}",
        f"{day} {name} {year}",
        f"{day:02}.{month:02}.{year % 100:02}",
    )
    return draws.choice(forms), iso


def time(draws: Draws) -> Said:
    """Write a time of the day; it means hours and minutes, 00:00 to 23:59."""
    hour, minute = draws.whole(0, 23), draws.whole(0, 59)
    if draws.chance(0.25):
        return f"{(hour - 1) % 12 + 1}{'am' if hour < 12 else 'pm'}", f"{hour:02}:00"
    return f"{hour:02}{draws.choice((':', 'h'))}{minute:02}", f"{hour:02}:{minute:02}"


def number(draws: Draws) -> Said:
    """Write a number that is no entity."""
    return draws.choice(("0.2", "0.5", "0.8", "1.1", "2", "3.4", "5")), None


def transmission(draws: Draws) -> Said:
    """Write the share of the beam that a sample lets through; it is no entity."""
    return f"0.{draws.whole(15, 96)}", None
