"""Logbook entries and commands of a beamline, written by a grammar, with exact labels.

People write what happened in words: names of samples, numbers with and without units, slips of the pen. `simulate` writes
such entries and says where each entity stands and what it means. `simulate_commands` writes what a user says to an
instrument, and the script that this means.
"""

from __future__ import annotations

import dataclasses
import functools
import string
from collections.abc import Callable, Iterable, Iterator, Mapping

from lens_labs.scattering._arguments import whole
from lens_labs.scattering._blocks import simulated
from lens_labs.scattering.logbook import _commands as commands
from lens_labs.scattering.logbook import _values as values
from lens_labs.scattering.logbook._phrases import SPLITS, TRAIN, Grammar
from lens_labs.scattering.logbook._values import Draws, Said

EVENTS = tuple(TRAIN.events)
"""What an entry can be about."""

LABELS: Mapping[str, str] = {
    "sample": "SAMPLE",
    "temperature": "TEMPERATURE",
    "cold": "TEMPERATURE",
    "warm": "TEMPERATURE",
    "field": "FIELD",
    "pressure": "PRESSURE",
    "wavelength": "WAVELENGTH",
    "run": "RUN",
    "date": "DATE",
    "time": "TIME",
    "instrument": "INSTRUMENT",
    "component": "COMPONENT",
    "environment": "COMPONENT",
    "person": "PERSON",
}
"""The label of each field of a template."""

UNITS: Mapping[str, str] = {"TEMPERATURE": "K", "FIELD": "T", "PRESSURE": "GPa", "WAVELENGTH": "Å"}
"""The unit in which the value of an entity is given, by label."""

_WRITERS: Mapping[str, Callable[[Draws], Said]] = {
    "temperature": values.temperature,
    "cold": values.cold,
    "warm": values.warm,
    "field": values.field,
    "pressure": values.pressure,
    "wavelength": values.wavelength,
    "run": values.run,
    "date": values.date,
    "time": values.time,
    "number": values.number,
    "transmission": values.transmission,
}
_Piece = tuple[str, str | None, float | str | None]
"""Words, and label and value if they are an entity."""

_ENTRY_DRAWS, _COMMAND_DRAWS = 64, 48  # uniform numbers kept for one text; a test sees that they are enough


@dataclasses.dataclass(frozen=True, slots=True)
class Entity:
    """A piece of a text that names something.

    Parameters
    ----------
    start, end : int
        Where it stands: ``text[start:end]``.
    label : str
        One of the values of `LABELS`.
    value : float, str or None
        What it means: a quantity in the unit that `UNITS` names, a date or a time as in ISO 8601, the digits of a run, a
        name as it is. None where words name no number, such as "room temperature".
    """

    start: int
    end: int
    label: str
    value: float | str | None


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a logbook.

    Parameters
    ----------
    text : str
        What was written.
    entities : tuple of Entity
        What it names, in the order of the text.
    event : str
        What it is about, one of `EVENTS`.
    """

    text: str
    entities: tuple[Entity, ...]
    event: str


@dataclasses.dataclass(frozen=True, slots=True)
class Command:
    """What a user says to an instrument.

    Parameters
    ----------
    text : str
        What is said.
    script : str
        What is to be done: steps in their order, separated by ``" ; "``. `parse` takes it apart.
    """

    text: str
    script: str


def simulate(
    n: int, *, seed: int, split: str = "train", blocks: Iterable[int] | None = None
) -> tuple[Entry, ...]:
    """Write entries of a logbook.

    A template and names are drawn for each entry, all events with the same chance. One entry in four has one to three
    slips of the pen, never inside an entity. The split ``"hard"`` shares no template and no name with ``"train"``, and
    half of its entries have slips: it shows what a model knows beyond the words that it has seen.

    Text is no array, and its labels are places and meanings; so this returns entries and not a `lens_labs.dataset.Dataset`.

    Parameters
    ----------
    n : int
        Number of entries of the whole set, at least 1.
    seed : int
        Seed of all randomness, at least 0. The first entries of a large set are those of a small one.
    split : {"train", "hard"}
        Which templates and names are used.
    blocks : iterable of int, optional
        Write only the entries of these blocks; see `lens_labs.scattering.blocks`.

    Returns
    -------
    tuple of Entry
        The entries. A few are equal, as in a real logbook.

    Raises
    ------
    ValueError
        If an argument is not as described.

    Examples
    --------
    >>> entry = simulate(2, seed=1)[1]
    >>> entry.text, entry.event
    ('17h37 Counting CsNiF3 at 450 K and ZF, 27548.', 'start')
    >>> [(entry.text[e.start : e.end], e.label, e.value) for e in entry.entities]
    [('17h37', 'TIME', '17:37'), ('CsNiF3', 'SAMPLE', 'CsNiF3'), ('450 K', 'TEMPERATURE', 450.0),
     ('ZF', 'FIELD', 0.0), ('27548', 'RUN', '27548')]
    """
    grammar = _grammar(split)
    slips = 0.25 if split == "train" else 0.5
    numbers = _numbers(n, seed, split, _ENTRY_DRAWS, blocks)
    return tuple(_entry(Draws(row), grammar, slips) for row in numbers)


def simulate_commands(
    n: int, *, seed: int, split: str = "train", max_steps: int = 3, blocks: Iterable[int] | None = None
) -> tuple[Command, ...]:
    """Write what users say to an instrument, with the script that it means.

    A command has one to `max_steps` steps. The order of the words is not always the order of the steps: "count for an
    hour but first open the shutter". The split ``"hard"`` says all steps in other words; the values and the names of the
    axes are the same.

    Parameters
    ----------
    n : int
        Number of commands of the whole set, at least 1.
    seed : int
        Seed of all randomness, at least 0. The first commands of a large set are those of a small one.
    split : {"train", "hard"}
        Which templates are used.
    max_steps : int
        The largest number of steps, 1 to 4.
    blocks : iterable of int, optional
        Write only the commands of these blocks; see `lens_labs.scattering.blocks`.

    Returns
    -------
    tuple of Command
        The commands; see `parse` for their scripts.

    Raises
    ------
    ValueError
        If an argument is not as described.

    Examples
    --------
    >>> simulate_commands(3, seed=4)[2]
    Command(text='put height at 83 but first put on 1.8 T', script='field 1.8 ; move z 83')
    """
    _grammar(split)
    whole(max_steps, "max_steps", at_least=1)
    if max_steps > 4:
        raise ValueError(f"max_steps must be at most 4; got {max_steps!r}")
    phrases = commands.SPLITS[split]
    numbers = _numbers(n, seed, split, _COMMAND_DRAWS, blocks)
    return tuple(Command(*commands.said(Draws(row), phrases, max_steps)) for row in numbers)


def parse(script: str) -> tuple[tuple[str, ...], ...]:
    """Take a script apart, and refuse what no instrument could run.

    Parameters
    ----------
    script : str
        Steps separated by ``" ; "``: ``temp`` (K), ``field`` (T), ``count`` or ``wait`` (s), ``move`` axis place,
        ``scan`` axis from to points, ``shutter`` open or closed. Axes are ``omega``, ``tth``, ``chi``, ``phi`` (deg), ``x``
        and ``z`` (mm).

    Returns
    -------
    tuple of tuple of str
        The words of each step.

    Raises
    ------
    ValueError
        If a step is unknown, has a wrong number of words, or a value that is not allowed; the message names the step.

    Examples
    --------
    >>> parse("temp 20 ; scan omega -5 5 21")
    (('temp', '20'), ('scan', 'omega', '-5', '5', '21'))
    >>> parse("temp -3")
    Traceback (most recent call last):
    ...
    ValueError: 'temp -3': the temperature must be more than 0 K; got -3
    """
    return tuple(commands.checked(step) for step in str(script).split(" ; "))


def _grammar(split: str) -> Grammar:
    if split not in tuple(SPLITS):  # in a tuple, because what a caller gives may have no hash
        raise ValueError(f"split must be one of {', '.join(map(repr, SPLITS))}; got {split!r}")
    return SPLITS[split]


def _numbers(n: int, seed: int, split: str, size: int, blocks: Iterable[int] | None) -> Iterator[list[float]]:
    """Return a row of uniform numbers for each text; a split never has those of another one with the same seed."""
    place = list(SPLITS).index(split)
    (rows,) = simulated(n, seed, lambda rng, rows: [rng.random((len(SPLITS), rows, size))[place]], blocks)
    return (row.tolist() for row in rows)


def _entry(draws: Draws, grammar: Grammar, slips: float) -> Entry:
    event = draws.choice(EVENTS)
    template = draws.choice(grammar.leads) + draws.choice(grammar.events[event]) + draws.choice(grammar.tails)
    pieces: list[_Piece] = []
    for literal, name in _parts(template):
        if literal:
            pieces.append((literal, None, None))
        if name:
            words, value = _filled(draws, grammar, name)
            words = words if pieces else words[:1].upper() + words[1:]
            pieces.append((words, LABELS.get(name), value))
    if draws.chance(slips):
        for _ in range(draws.whole(1, 3)):
            _slip(draws, pieces)
    return _assembled(pieces, event)


@functools.cache
def _parts(template: str) -> tuple[tuple[str, str | None], ...]:
    """Return the parts of a template: a text, and the name of the field that follows it."""
    return tuple((literal, name) for literal, name, _, _ in string.Formatter().parse(template))


def _filled(draws: Draws, grammar: Grammar, name: str) -> Said:
    if name == "sample" and draws.chance(0.2):
        code = f"{draws.choice(grammar.codes)}{draws.whole(1, 9)}"
        return draws.choice(("", "sample ")) + code, code
    if name in grammar.names:
        words = draws.choice(grammar.names[name])
        return words, words
    return _WRITERS[name](draws)


def _slip(draws: Draws, pieces: list[_Piece]) -> None:
    """Drop or double one letter outside of the entities."""
    places = [
        (number, place)
        for number, (words, label, _) in enumerate(pieces)
        if label is None
        for place, letter in enumerate(words)
        if letter.isalpha()
    ]
    if places:
        number, place = draws.choice(places)
        words = pieces[number][0]
        again = words[place] * draws.choice((0, 2))
        pieces[number] = (words[:place] + again + words[place + 1 :], None, None)


def _assembled(pieces: list[_Piece], event: str) -> Entry:
    entities, start = [], 0
    for words, label, value in pieces:
        end = start + len(words)
        if label:
            entities.append(Entity(start, end, label, value))
        start = end
    return Entry("".join(words for words, _, _ in pieces), tuple(entities), event)
