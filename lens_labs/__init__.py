"""LENS Labs: the package behind a machine-learning school for neutron and X-ray scientists.

Importing it loads no framework: its rooms are imported when they are first used.

>>> import lens_labs
>>> data = lens_labs.scattering.reflectivity.simulate(10, seed=1)
>>> data.x.shape
(10, 80)
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules={
        "checks",
        "data",
        "inference",
        "layers",
        "metrics",
        "plotting",
        "record",
        "scattering",
        "school",
    },
    submod_attrs={"_backend": ["use_backend"], "dataset": ["Dataset"]},
)
