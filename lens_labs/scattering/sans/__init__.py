"""Small-angle neutron scattering of particles in solution, as a diffractometer records it.

Names, units and definitions are those of sasmodels: lengths in Å, momentum transfer in Å⁻¹, scattering length densities
(SLD) in 1e-6 Å⁻², intensities in cm⁻¹. Two of them deserve a second look:

* ``radius_pd`` is the relative width of a distribution of radii, standard deviation over mean. It is always the Schulz
  distribution here, and the mean is that over the particles (a number average).
* ``dq`` is the *standard deviation* of a Gaussian resolution, while `lens_labs.scattering.reflectivity` follows refnx and
  means the full width at half maximum.

The forward model is written against the Python array API: NumPy in float64 is the reference, and the same code runs,
compiles and differentiates in JAX.
"""

from __future__ import annotations

from lens_labs.scattering.sans._curves import PRIOR, simulate
from lens_labs.scattering.sans._ensembles import i_qxy, image
from lens_labs.scattering.sans._features import FEATURES, features
from lens_labs.scattering.sans._hard_spheres import structure_factor
from lens_labs.scattering.sans._images import PRIOR_IMAGES, simulate_images
from lens_labs.scattering.sans._intensity import i_q
from lens_labs.scattering.sans._kinetics import PRIOR_KINETICS, populations, simulate_kinetics
from lens_labs.scattering.sans._pinhole import Pinhole

__all__ = [
    "FEATURES",
    "PRIOR",
    "PRIOR_IMAGES",
    "PRIOR_KINETICS",
    "Pinhole",
    "features",
    "i_q",
    "i_qxy",
    "image",
    "populations",
    "simulate",
    "simulate_images",
    "simulate_kinetics",
    "structure_factor",
]
