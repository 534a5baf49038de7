"""Whole faces that no lens saw: a real picture that came out of a generator's last layers.

Detectors of synthesis live on traces of up-sampling and missing sensor noise, not on what the
picture shows; a real face with those traces teaches them without any generator's look.
"""

import numpy as np

from clarity.forgery.contract import Forgery, Parameters, RealFace
from clarity.forgery.resynthesis import WAYS


def upsampling(face: RealFace, rng: np.random.Generator) -> Forgery:
    """Pixels out of an up-sampling layer (`resynthesis.upsample`)."""
    return _whole("upsampling", face, rng)


def autoencoder(face: RealFace, rng: np.random.Generator) -> Forgery:
    """Pixels out of a linear autoencoder of patches (`resynthesis.autoencode`)."""
    return _whole("autoencoder", face, rng)


def replication(face: RealFace, rng: np.random.Generator) -> Forgery:
    """A spectrum with copies and peaks (`resynthesis.replicate`)."""
    return _whole("replication", face, rng)


def denoising(face: RealFace, rng: np.random.Generator) -> Forgery:
    """Pixels that noise was taken out of (`resynthesis.denoise`)."""
    return _whole("denoising", face, rng)


def _whole(way: str, face: RealFace, rng: np.random.Generator) -> Forgery:
    made, traces = WAYS[way](face.pixels, rng)
    parameters: Parameters = {"generator": way, **traces}
    return Forgery(made, np.ones(face.shape, np.float32), parameters, face.pixels)
