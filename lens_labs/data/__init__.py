"""Real measured files, each beside a card (TOML) that says where it comes from and what its numbers mean.

>>> from lens_labs import data
>>> data.names()
('PLP0000708', 'PLP0011859', 'e361r')
>>> curve = data.load("e361r")
>>> curve["q"].shape, curve.units["q"]
((99,), '1/Å')
"""

from lens_labs.data._measurement import DataError, Estimate, Measurement, Reference, load, names

__all__ = ["DataError", "Estimate", "Measurement", "Reference", "load", "names"]
