"""The sources of the training pool, as release cards name them."""

from clarity.detectors.card import DataSource

RESEARCH = "research use only; media are not distributed with Clarity"

POOL = [
    DataSource(name="DFDC (one face crop a video)", manipulation="face_swap", terms=RESEARCH),
    DataSource(
        name="FaceForensics++ (Deepfakes, FaceSwap)", manipulation="face_swap", terms=RESEARCH
    ),
    DataSource(
        name="FaceForensics++ (Face2Face, NeuralTextures)",
        manipulation="reenactment",
        terms=RESEARCH,
    ),
    DataSource(name="Wav2Lip outputs and inputs", manipulation="lip_sync", terms=RESEARCH),
    DataSource(name="StarGAN on CelebA", manipulation="attribute", terms=RESEARCH),
    DataSource(name="Yonsei real and fake faces", manipulation="attribute", terms=RESEARCH),
    DataSource(
        name="StyleGAN and StyleGAN2 against FFHQ", manipulation="synthesis", terms=RESEARCH
    ),
    DataSource(name="ProGAN against CelebA-HQ", manipulation="synthesis", terms=RESEARCH),
    DataSource(name="Stable Diffusion 2.1 faces", manipulation="synthesis", terms=RESEARCH),
    DataSource(name="CelebA-HQ, All-Age-Faces", manipulation="none", terms=RESEARCH),
    DataSource(
        name="self-blended faces of the above", manipulation="face_swap", terms="made in training"
    ),
]
