"""The physics of the school: simulators of what instruments record, one module a technique.

Each module has forward models in the field's own conventions and `simulate(n, *, seed, ...)`, which returns a
`lens_labs.dataset.Dataset`. `blocks` says in which parts a large set can be computed.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules={
        "beamline",
        "detector",
        "diffraction",
        "logbook",
        "magnetism",
        "pulses",
        "reflectivity",
        "sans",
        "spectroscopy",
        "tomography",
    },
    submod_attrs={"_blocks": ["blocks"]},
)
