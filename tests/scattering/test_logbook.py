"""Logbook entries and commands: labels that are exact, and a hard set that shares nothing with the other one."""

from __future__ import annotations

import collections
import hashlib
import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lens_labs import scattering
from lens_labs.scattering import logbook
from lens_labs.scattering.logbook import _commands as commands
from lens_labs.scattering.logbook import _values as values
from lens_labs.scattering.logbook._phrases import HARD, TRAIN

SPLITS = ("train", "hard")
MAKERS = (logbook.simulate, logbook.simulate_commands)
ENTRIES = {split: logbook.simulate(6_000, seed=7, split=split) for split in SPLITS}
COMMANDS = {split: logbook.simulate_commands(4_000, seed=7, split=split, max_steps=4) for split in SPLITS}
EVERY = [entry for split in SPLITS for entry in ENTRIES[split]]


def named(entries, label):
    """Return (words, value) of all entities with this label."""
    return {(e.text[x.start : x.end], x.value) for e in entries for x in e.entities if x.label == label}


def test_entities_stand_in_order_inside_their_text_and_do_not_touch_blanks():
    for entry in EVERY:
        ends = [0, *itertools.chain.from_iterable((x.start, x.end) for x in entry.entities), len(entry.text)]
        assert ends == sorted(ends)
        for entity in entry.entities:
            words = entry.text[entity.start : entity.end]
            assert words
            assert words == words.strip()
            assert entity.label in logbook.LABELS.values()
        assert entry.event in logbook.EVENTS


def test_a_name_is_the_value_of_its_entity():
    for label in ("INSTRUMENT", "PERSON"):
        assert all(words == value for words, value in named(EVERY, label))
    for words, value in named(EVERY, "COMPONENT"):
        assert words in (value, value[0].upper() + value[1:])
    for words, value in named(EVERY, "SAMPLE"):
        assert words.removeprefix("sample ").removeprefix("Sample ").lower() == value.lower()


@pytest.mark.parametrize(
    ("label", "pattern"),
    [
        ("TEMPERATURE", r"(?i:base|room) temperature|[bB]ase|RT|[\d.]+ ?(K|kelvin|mK|C|degC|°C)"),
        ("FIELD", r"[zZ]ero field|ZF|[\d.]+ ?(T|tesla|mT|kOe)"),
        ("PRESSURE", r"[\d.]+ (GPa|kbar|bar)"),
        ("WAVELENGTH", r"[\d.]+ (A|Å|angstrom)"),
    ],
)
def test_units_of_quantities_parse_and_give_the_value(label, pattern):
    low, high = {"TEMPERATURE": (1.5, 900), "FIELD": (0, 14), "PRESSURE": (0.002, 5), "WAVELENGTH": (1, 14)}[
        label
    ]
    for words, value in named(EVERY, label):
        assert re.fullmatch(pattern, words), words
        assert value == values.meaning(words[:1].lower() + words[1:] if words.startswith("Zero") else words)
        assert value is None or low <= value <= high


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("25 C", 298.15),
        ("1500 mK", 1.5),
        ("4.2K", 4.2),
        ("7 tesla", 7),
        ("2.5 kOe", 0.25),
        ("500mT", 0.5),
        ("ZF", 0),
        ("15 kbar", 1.5),
        ("600 bar", 0.06),
        ("2.36 Å", 2.36),
        ("RT", None),
        ("base temperature", None),
    ],
)
def test_quantities_mean_what_the_field_means_by_them(words, value):
    assert values.meaning(words) == (None if value is None else pytest.approx(value, rel=1e-12))


def test_nothing_warms_up_by_getting_colder_and_nothing_transmits_more_than_it_is_given():
    ramps = transmissions = 0
    for entry in EVERY:
        kelvin = [x.value for x in entry.entities if x.label == "TEMPERATURE"]
        if "Ramping from " in entry.text and None not in kelvin[:2]:
            assert kelvin[0] < 100 <= kelvin[1]
            ramps += 1
        if "Cooling to " in entry.text and kelvin[0] is not None:
            assert kelvin[0] < 100
        if "Warming up to " in entry.text and kelvin[0] is not None:
            assert kelvin[0] >= 100
        if shown := re.search(r"Transmission of .+ is ([\d.]+)\.", entry.text):
            assert 0 < float(shown[1]) < 1
            transmissions += 1
    assert min(ramps, transmissions) > 50


def test_dates_and_times_have_their_standard_form():
    for words, value in named(EVERY, "DATE"):
        year, month, day = value.split("-")
        digits = [int(part) for part in re.findall(r"\d+", words)]
        assert int(day) in digits
        assert {int(year), int(year) % 100} & set(digits)
        assert int(month) in digits or words.split()[1] == values._MONTHS[int(month) - 1]
    for words, value in named(EVERY, "TIME"):
        hour, minute = map(int, value.split(":"))
        assert 0 <= hour < 24
        assert 0 <= minute < 60
        if words.endswith("m"):
            assert words == f"{(hour - 1) % 12 + 1}{'am' if hour < 12 else 'pm'}"
        else:
            assert re.split("[:h]", words) == value.split(":")
    for words, value in named(EVERY, "RUN"):
        assert words.endswith(value)
        first, *last = map(int, value.split("-"))
        assert not last or 2 <= last[0] - first <= 24


def test_the_sets_to_learn_from_and_for_the_exam_share_no_template_and_no_name():
    for event in logbook.EVENTS:
        assert not set(TRAIN.events[event]) & set(HARD.events[event])
    for field in ("leads", "tails"):
        assert set(getattr(TRAIN, field)) & set(getattr(HARD, field)) == {""}
    assert TRAIN.names.keys() == HARD.names.keys()
    for field in TRAIN.names:
        assert not set(TRAIN.names[field]) & set(HARD.names[field])
    assert not set(TRAIN.codes) & set(HARD.codes)
    for label in ("SAMPLE", "INSTRUMENT", "PERSON", "COMPONENT"):
        first, second = ({value for _, value in named(ENTRIES[split], label)} for split in SPLITS)
        assert not first & second
    for kind in commands.TRAIN.steps:
        assert not set(commands.TRAIN.steps[kind]) & set(commands.HARD.steps[kind])
    for field in ("joins", "turned", "polite"):
        assert not set(getattr(commands.TRAIN, field)) & set(getattr(commands.HARD, field))


@pytest.mark.parametrize("split", SPLITS)
def test_every_template_and_every_name_is_used_and_events_are_equally_frequent(split):
    grammar, entries = {"train": TRAIN, "hard": HARD}[split], ENTRIES[split]
    counts = collections.Counter(entry.event for entry in entries)
    expected = len(entries) / len(logbook.EVENTS)
    assert all(abs(count - expected) < 5 * expected**0.5 for count in counts.values())
    written = {value for e in entries for x in e.entities if isinstance(value := x.value, str)}
    assert {name for names in grammar.names.values() for name in names} <= written
    for template in itertools.chain.from_iterable(grammar.events.values()):
        pattern = ".+".join(re.escape(literal) for literal, _ in logbook._parts(template))
        assert any(re.search(pattern, entry.text) for entry in entries), template


@pytest.mark.parametrize(("split", "share"), [("train", 0.25), ("hard", 0.5)])
def test_so_many_entries_have_slips(split, share):
    grammar = {"train": TRAIN, "hard": HARD}[split]
    known = set(
        re.findall(
            r"[^\W\d_]+", " ".join([*grammar.leads, *grammar.tails, *sum(grammar.events.values(), ())])
        )
    )
    wrong = 0
    for entry in ENTRIES[split]:
        text = list(entry.text)
        for entity in entry.entities:
            text[entity.start : entity.end] = "0" * (entity.end - entity.start)
        wrong += any(word not in known for word in re.findall(r"[^\W\d_]+", "".join(text)))
    assert share - 0.04 < wrong / len(ENTRIES[split]) < share + 0.02  # a few slips turn one word into another


def test_few_texts_come_twice_and_none_is_in_both_sets():
    for texts in [[entry.text for entry in ENTRIES[split]] for split in SPLITS]:
        assert len(set(texts)) > 0.97 * len(texts)
    assert not {e.text for e in ENTRIES["train"]} & {e.text for e in ENTRIES["hard"]}
    assert not {c.text for c in COMMANDS["train"]} & {c.text for c in COMMANDS["hard"]}


@pytest.mark.parametrize("split", SPLITS)
def test_every_script_can_be_taken_apart_and_put_together_again(split):
    lengths = collections.Counter()
    for command in COMMANDS[split]:
        steps = logbook.parse(command.script)
        assert " ; ".join(" ".join(step) for step in steps) == command.script
        lengths[len(steps)] += 1
    assert sorted(lengths) == [1, 2, 3, 4]


def test_numbers_of_a_script_stand_in_its_text():
    for command in (*COMMANDS["train"], *COMMANDS["hard"]):
        said = {float(word) for word in re.findall(r"-?\d+(?:\.\d+)?", command.text)}
        for kind, *words in logbook.parse(command.script):
            if kind in ("move", "scan"):
                assert {float(word) for word in words[1:]} <= said
            elif kind == "temp":
                assert any(abs(float(words[0]) - 273.15 * c - x) < 1e-6 for x in said for c in (0, 1))
            elif kind == "field" and float(words[0]):
                assert any(abs(float(words[0]) - x / c) < 1e-9 for x in said for c in (1, 1000))
            elif kind in ("count", "wait"):
                written = {n for n, word in commands._NUMERALS.items() if word in command.text} | {1, 30}
                lengths = said | (written if re.search("hour|minute|second", command.text) else set())
                assert any(float(words[0]) == x * unit for x in lengths for unit in (1, 60, 3600))


def test_word_order_is_not_always_the_order_of_the_steps():
    turned = [
        c for c in COMMANDS["train"] if " but first " in c.text or c.text.lower().startswith("before you ")
    ]
    assert len(turned) > 50
    shutter = [c.text for c in turned if c.script.startswith("shutter")]
    assert len(shutter) > 5
    assert all(re.search(r"(shutter|beam|beam in)( please)?$", text) for text in shutter)


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("make", MAKERS)
def test_a_small_set_is_the_beginning_of_a_large_one_and_blocks_can_be_written_alone(make, split):
    whole = make(2_100, seed=5, split=split)
    assert make(30, seed=5, split=split) == whole[:30]
    assert sum((make(2_100, seed=5, split=split, blocks=[b]) for b in scattering.blocks(2_100)), ()) == whole
    assert make(30, seed=6, split=split) != whole[:30]


def test_a_block_of_a_set_that_nobody_could_hold_takes_the_memory_of_a_block():
    last = scattering.blocks(10**9)[-1]
    assert len(logbook.simulate(10**9, seed=0, blocks=[last])) == 10**9 - 1024 * last


@pytest.mark.parametrize(
    ("make", "split", "stored"),
    [
        (logbook.simulate, "train", "a1b0cafbd742a2e2"),
        (logbook.simulate, "hard", "86dbb90c3ad22af3"),
        (logbook.simulate_commands, "train", "db2ca9c59e9592ff"),
        (logbook.simulate_commands, "hard", "4a877a54be9cdc77"),
    ],
)
def test_texts_and_labels_are_the_stored_ones(make, split, stored):
    told = repr(make(1_500, seed=3, split=split)).encode()
    assert hashlib.sha256(told).hexdigest()[:16] == stored


@given(st.integers(max_value=0) | st.floats() | st.text() | st.none() | st.booleans())
def test_a_number_of_texts_that_makes_no_sense_is_refused(n):
    for make in MAKERS:
        with pytest.raises(ValueError, match="n must be a whole number, at least 1; got"):
            make(n, seed=0)


@given(st.text() | st.none() | st.integers() | st.lists(st.text()))
def test_an_unknown_split_is_refused_with_those_there_are(split):
    for make in MAKERS:
        with pytest.raises(ValueError, match="split must be one of 'train', 'hard'; got"):
            make(5, seed=0, split=split)


@pytest.mark.parametrize("seed", [-1, 0.5, None, True])
def test_a_seed_that_is_none_is_refused(seed):
    with pytest.raises(ValueError, match="seed must be a whole number, at least 0; got"):
        logbook.simulate(5, seed=seed)


@pytest.mark.parametrize("steps", [0, 5, 2.0, None, True])
def test_a_number_of_steps_that_there_cannot_be_is_refused(steps):
    with pytest.raises(ValueError, match="max_steps must be"):
        logbook.simulate_commands(5, seed=0, max_steps=steps)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("", "a step must begin with one of temp, field, count, wait, move, scan, shutter; got ''"),
        ("temp 20 ; fly", "'fly': a step must begin with one of"),
        ("temp", "'temp': a step 'temp' must have the form 'temp kelvin'"),
        ("temp warm", "'temp warm': a value must be a finite number; got 'warm'"),
        ("field nan", "a value must be a finite number; got 'nan'"),
        ("temp 0", "the temperature must be more than 0 K; got 0"),
        ("count -5", "the time must be more than 0 s; got -5"),
        ("wait 0", "the time must be more than 0 s; got 0"),
        ("move theta 5", "the axis must be one of omega, tth, chi, phi, z, x; got 'theta'"),
        ("scan chi 5 5 11", "a scan must go upwards; got 5 to 5"),
        ("scan chi 5 6 1", "the points of a scan must be a whole number, at least 2; got 1"),
        ("scan chi 5 6 2.5", "the points of a scan must be a whole number"),
        ("shutter ajar", "the shutter must be 'open' or 'closed'; got 'ajar'"),
    ],
)
def test_a_script_that_no_instrument_could_run_is_refused(script, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        logbook.parse(script)


@given(st.text(max_size=40))
def test_any_other_text_is_refused_as_a_script_and_nothing_else_is_raised(text):
    try:
        steps = logbook.parse(text)
    except ValueError:
        return
    assert all(step[0] in commands._FORMS for step in steps)
