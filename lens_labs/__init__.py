"""LENS Labs: the package behind a machine-learning school for neutron and X-ray scientists."""

__version__ = "0.1.0"
