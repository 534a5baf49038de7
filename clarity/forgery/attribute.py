"""Edited attributes: skin, hair, age, glasses, make-up, each with a generator's traces.

Networks that edit attributes (StarGAN, arXiv 1711.09020) put the whole picture through a
generator even where nothing changes; retouching by hand leaves everything else as it was.
Both happen here.
"""

import cv2
import numpy as np

from clarity.forgery import anatomy, blending
from clarity.forgery.contract import Forgery, Parameters, RealFace
from clarity.forgery.glasses import draw_glasses
from clarity.forgery.regions import both_sides, folds, hair_mask, lip_mask, skin_mask
from clarity.forgery.resynthesis import regenerate

WHOLE_PICTURE = 0.4
"""Chance that the whole picture passes the generator, as networks do."""


def skin(face: RealFace, rng: np.random.Generator) -> Forgery:
    """Skin smoothed, as beauty filters do; eyes, brows and mouth are left sharp."""
    strength = float(rng.uniform(0.5, 1.0))
    span = anatomy.span(face.landmarks)
    smooth = cv2.bilateralFilter(face.pixels, 7, float(rng.uniform(25, 60)), 0.08 * span)
    glow = float(rng.uniform(0, 10))
    smooth = cv2.add(smooth, np.full_like(smooth, round(glow)))
    mask = skin_mask(face, rng) * np.float32(strength)
    return _edited(smooth, mask, face, rng, {"strength": strength, "glow": glow})


def hair(face: RealFace, rng: np.random.Generator) -> Forgery:
    """Hair recoloured: found by its colour above the forehead and beside the face."""
    mask = hair_mask(face)
    lab = cv2.cvtColor(face.pixels, cv2.COLOR_RGB2LAB).astype(np.float32)
    shift = rng.uniform((-25, -8, -14), (45, 16, 22)).astype(np.float32)
    contrast = float(rng.uniform(0.8, 1.3))
    level = lab[..., 0][mask > 0.5].mean() if (mask > 0.5).any() else 60.0
    lab[..., 0] = (lab[..., 0] - level) * contrast + level
    lab = np.clip(lab + shift, 0, 255).astype(np.uint8)
    dyed = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
    drawn: Parameters = dict(zip(("lightness", "red", "yellow"), shift.tolist(), strict=True))
    return _edited(dyed, mask, face, rng, {"contrast": contrast, **drawn})


def age(face: RealFace, rng: np.random.Generator) -> Forgery:
    """Older: lines deepened, folds drawn, skin greyed. Younger: the opposite of deepened."""
    years = float(rng.choice([-1, 1]) * rng.uniform(0.5, 1.0))
    span = anatomy.span(face.landmarks)
    light = cv2.cvtColor(face.pixels, cv2.COLOR_RGB2LAB)
    lightness = light[..., 0].astype(np.float32)
    lines = cv2.GaussianBlur(lightness, (0, 0), 0.012 * span) - cv2.GaussianBlur(
        lightness, (0, 0), 0.06 * span
    )
    if years > 0:
        # what is dark gets darker: lit skin that shines is not old
        lightness += years * np.clip(1.3 * np.minimum(lines, 0) + 0.3 * lines, -16, 6)
        lightness -= years * 17 * folds(face, rng)
    else:
        lightness += 0.7 * years * lines
    light[..., 0] = np.clip(lightness, 0, 255)
    fade = 1 - 0.12 * max(years, 0)
    light[..., 1:] = 128 + (light[..., 1:].astype(np.float32) - 128) * fade
    aged = cv2.cvtColor(light, cv2.COLOR_LAB2RGB)
    return _edited(aged, skin_mask(face, rng), face, rng, {"years": years})


def glasses(face: RealFace, rng: np.random.Generator) -> Forgery:
    """Glasses with rims, bridge, temples, a shadow and a little reflection."""
    worn, mask, drawn = draw_glasses(face, rng)
    return _edited(worn, mask, face, rng, drawn)


def makeup(face: RealFace, rng: np.random.Generator) -> Forgery:
    """Lips, lids and cheeks coloured."""
    span = anatomy.span(face.landmarks)
    colour = rng.uniform((150, 20, 40), (215, 80, 100)).astype(np.float32)
    parts = {
        "lips": (lip_mask(face), rng.uniform(0.2, 0.42)),
        "lids": (both_sides(face, (0.5, -0.12), (0.36, 0.16)), rng.uniform(0.0, 0.2)),
        "cheeks": (both_sides(face, (0.66, 0.62), (0.38, 0.3)), rng.uniform(0.0, 0.14)),
    }
    painted = face.pixels.astype(np.float32)
    mask = np.zeros(face.shape, np.float32)
    for shape, strength in parts.values():
        weight = cv2.GaussianBlur(shape, (0, 0), 0.02 * span) * np.float32(strength)
        weight[weight < 1 / 512] = 0
        # the colour lies on the skin: light and shade stay
        light = painted.mean(2, keepdims=True) / max(float(colour.mean()), 1.0)
        painted += (colour * light - painted) * weight[..., None]
        mask = np.maximum(mask, weight)
    mask = np.minimum(mask * 3, 1)
    drawn: Parameters = {name: float(strength) for name, (_, strength) in parts.items()}
    made = np.clip(painted + 0.5, 0, 255).astype(np.uint8)
    return _edited(made, mask, face, rng, drawn)


def _edited(
    made: np.ndarray,
    mask: np.ndarray,
    face: RealFace,
    rng: np.random.Generator,
    drawn: Parameters,
) -> Forgery:
    """Blend an edit; generators leave traces over the whole picture, over the edit, or none."""
    # where nothing was found to edit, the traces alone are the forgery
    chance = rng.random() if mask.mean() > 1 / 512 else 0.0
    if chance < WHOLE_PICTURE:
        made, traces = regenerate(blending.alpha(made, face.pixels, mask), rng)
        whole = np.ones(face.shape, np.float32)
        return Forgery(made, whole, {**drawn, **traces, "where": "picture"}, face.pixels)
    traces = {"generator": "none"}
    if chance < WHOLE_PICTURE + 0.4:
        made, traces = regenerate(made, rng)
    pixels = blending.alpha(made, face.pixels, mask)
    return Forgery(pixels, mask, {**drawn, **traces, "where": "edit"}, face.pixels)
