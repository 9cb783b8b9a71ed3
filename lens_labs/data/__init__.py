"""Real measured files, each beside a card (TOML) that says where it comes from and what its numbers mean; and real text.

>>> from lens_labs import data
>>> data.names()
('INTER', 'LBCO', 'Ludox', 'P123_10', 'P123_40', 'PLP0000708', 'PLP0011859', 'PLP0016596', 'QENS_resolution',
 'QENS_sample', 'SDS', 'SILIC010', 'SURF', 'apoferritin', 'e361r')
>>> curve = data.load("e361r")
>>> curve["q"].shape, curve.units["q"]
((99,), '1/Å')
>>> data.load("SILIC010")["counts"].shape
(128, 128)
"""

from lens_labs.data._corpus import corpus
from lens_labs.data._measurement import DataError, Estimate, Measurement, Reference, load, names

__all__ = ["DataError", "Estimate", "Measurement", "Reference", "corpus", "load", "names"]
