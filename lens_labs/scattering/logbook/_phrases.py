"""What a logbook entry is made of: templates and names, a set of them to learn from and another one for the hard exam.

A template has fields in braces. The two sets share no template and no name; all of it is made up, and no instrument,
person or entry is real.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

Phrases = tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Grammar:
    """Templates by event, what may stand before and after them, and names by field.

    Parameters
    ----------
    events : mapping of str to tuple of str
        Templates of each event.
    leads, tails : tuple of str
        What may stand before and after; an empty text leaves it out, and a repeated one is chosen more often.
    names : mapping of str to tuple of str
        What the fields ``sample``, ``instrument``, ``person``, ``component`` and ``environment`` are filled with.
    codes : str
        Letters with which the numbers of samples without a name begin.
    """

    events: Mapping[str, Phrases]
    leads: Phrases
    tails: Phrases
    names: Mapping[str, Phrases]
    codes: str


TRAIN = Grammar(
    events={
        "change": (
            "Mounted {sample} in the {environment}.",
            "{sample} is now in the {environment}, aligned on {instrument}.",
            "Sample change: {sample} out, {sample} in.",
            "New sample {sample}, mass {number} g, in the {environment}.",
            "Swapped to {sample}.",
            "Loaded {sample} ({person}).",
            "{person} put {sample} into the {environment} at {time}.",
            "Removed {sample}, empty can in the {environment} now.",
        ),
        "start": (
            "Started {run} on {sample} at {temperature}.",
            "{run}: {sample}, {temperature}, {field}.",
            "Counting {sample} at {temperature} and {field}, {run}.",
            "Began {run} with {wavelength}, {temperature}.",
            "{run} started on {sample}.",
            "Measuring {sample}, {wavelength}, {pressure}, {run}.",
            "Transmission of {sample} first, then {run}.",
            "{run} running, {sample} at {pressure}.",
        ),
        "ramp": (
            "Cooling to {cold}.",
            "Ramping from {cold} to {warm} at {number} K/min.",
            "Field to {field}, then {temperature}.",
            "Warming up to {warm} after {run}.",
            "Going to {field} at {temperature}.",
            "Set {pressure}; waiting for {temperature} to settle.",
            "Ramp to {field} started at {time}.",
            "Setpoint {cold}, now at {warm}.",
        ),
        "fault": (
            "The {component} failed during {run}.",
            "Lost the beam at {time}; {run} is short.",
            "The {component} is stuck, called {person}.",
            "Interlock on {instrument}: {component}.",
            "{run} aborted, the {component} does not respond.",
            "Temperature unstable around {temperature}, the {component} is suspected.",
            "Vacuum bad, the {component} is suspected.",
            "Quench on the way to {field}!",
            "No signal from the {component} since {time}.",
        ),
        "repair": (
            "The {component} was fixed by {person}, restarting {run}.",
            "{person} reset the {component}.",
            "Beam back at {time}, repeating {run}.",
            "Replaced the {component}, all good at {temperature}.",
            "The {component} is working again.",
            "Recovered from the trip, {field} and {temperature} stable.",
            "Pumped down again, the {component} is fine since {time}.",
            "{component} recalibrated by {person}.",
        ),
        "note": (
            "Nice peak in {run}, compare with {run}.",
            "{person} says {sample} may have moved.",
            "Background of {run} looks high.",
            "Remember to check the {component} before {run}.",
            "Scattering of {sample} changes below {warm}.",
            "Transmission of {sample} at {wavelength} is {transmission}.",
            "Next shift: {person} on {instrument} from {time}.",
            "Resolution at {wavelength} is better than on {date}.",
        ),
    },
    leads=(
        "", "", "", "{date} {time} ", "{time} ", "{date}: ", "{instrument} {date} - ", "[{time}] ",
        "{time}, {person}: ",
    ),
    tails=(
        "", "", "", " {person}", " See {run}.", " Until {time}.", " ({person}, {time})",
        " Continue at {temperature}.", " - {instrument}",
    ),
    names={
        "sample": (
            "MnSi", "Fe3O4", "UO2", "CeRhIn5", "La2CuO4", "NiO", "BiFeO3", "SrTiO3", "Cu2OSeO3", "V2O3", "LiFePO4",
            "CsNiF3", "ZrW2O8", "Tb2Ti2O7", "YbMgGaO4", "FeSe", "EuS", "Cr2O3", "MnO", "TbMnO3", "silica in D2O",
            "PEO melt", "lipid vesicles", "SDS micelles", "polystyrene latex", "lysozyme 20 mg/ml", "P3HT film",
            "block copolymer film", "casein in buffer", "hydrogel disc", "iron oxide colloid", "DPPC bilayer",
        ),
        "instrument": (
            "HERON", "PLOVER", "KESTREL", "WAGTAIL", "AVOCET", "DUNLIN", "GODWIT", "OSPREY", "PETREL", "SISKIN",
        ),
        "person": (
            "Amara", "Bjorn", "Chen", "Divya", "Elena", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Keiko", "Lars",
            "Mei", "Noor", "Olga", "Pavel", "Rania", "Sven", "Tariq", "Uma",
        ),
        "component": (
            "chopper 1", "chopper 2", "T0 chopper", "shutter", "detector electronics", "detector bank 3", "beam stop",
            "collimator", "monitor", "analyser", "slit 2", "sample table", "monochromator", "high-voltage supply",
            "vacuum pump", "helium compressor",
        ),
        "environment": (
            "cryostat", "furnace", "dilution fridge", "cryomagnet", "pressure cell", "sample changer",
            "closed-cycle fridge", "humidity chamber",
        ),
    },
    codes="ABCDEF",
)  # fmt: skip

HARD = Grammar(
    events={
        "change": (
            "Took {sample} off the stick, {sample} goes on.",
            "{person} prepared {sample} for the {environment}.",
            "Can with {sample} sits in the {environment}.",
        ),
        "start": (
            "Long count on {sample} overnight, {temperature}, {run}.",
            "Go for {run} ({sample} / {temperature} / {field}).",
            "Shutter open, {run}, {wavelength}.",
        ),
        "ramp": (
            "Heading for {temperature} in {field}.",
            "Slowly up to {warm}, {pressure}.",
            "Temperature goes down, {cold} by {time}.",
        ),
        "fault": (
            "No counts after {time}, {component} dead?",
            "{run} useless because of the {component} ({temperature}).",
            "Alarm: {component}, {person} informed.",
        ),
        "repair": (
            "{component} alive again thanks to {person}.",
            "After an hour the {component} came back, {run} goes on.",
            "Problem of {time} solved, we count.",
        ),
        "note": (
            "{run} and {run} agree within errors.",
            "Interesting: {sample} at {temperature} shows diffuse scattering.",
            "Ask {person} about {wavelength} on {instrument}.",
        ),
    },
    leads=("", "", "{person} {date}: ", "@{time} ", "({date}, {time}) "),
    tails=("", "", " /{person}", " More after {time}.", " [{instrument}]"),
    names={
        "sample": (
            "MnF2", "CoO", "Ho2Ti2O7", "KCuF3", "DyScO3", "Ba2CoGe2O7", "ferritin in D2O", "clay suspension",
            "CTAB worms", "PMMA film", "insulin fibrils",
        ),
        "instrument": ("BITTERN", "CURLEW", "LAPWING"),
        "person": ("Wanda", "Xavier", "Yusuf", "Zoe", "Quentin"),
        "component": (
            "velocity selector", "bandwidth chopper", "polariser", "detector bank 7", "slit 4", "cooling water",
        ),
        "environment": ("cold finger", "rheometer", "electromagnet", "levitator"),
    },
    codes="STUVW",
)  # fmt: skip

SPLITS: Mapping[str, Grammar] = {"train": TRAIN, "hard": HARD}
