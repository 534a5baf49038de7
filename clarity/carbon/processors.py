"""Watts of a processor at work, by class.

Virtual CPUs: power at full load of a server's threads, from SPECpower results by Cloud Carbon
Footprint (ccf-coefficients, output/coefficients-gcp-use.csv, edition of March 2026). That
leaves out main memory, some 0.4 W a GB. Accelerators: the maker's thermal design power, which
training comes near to and serving seldom does, so the figure errs on the high side.
"""

import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from clarity.errors import ClarityError

_SPEC = "SPECpower by Cloud Carbon Footprint, 2026"
_TDP = "thermal design power of the maker's data sheet"


class UnknownProcessor(ClarityError):
    status = 422
    code = "unknown-processor"
    hint = "Name one of the classes of clarity/carbon/processors.py, such as a100."


@dataclass(frozen=True, slots=True)
class Processor:
    """A class of processors; `watts` is of one virtual CPU, or of one accelerator, at work."""

    name: str
    title: str
    watts: float
    source: str


PROCESSORS = {
    one.name: one
    for one in (
        Processor("broadwell", "Intel Broadwell vCPU", 3.39, _SPEC),
        Processor("skylake", "Intel Skylake vCPU", 3.87, _SPEC),
        Processor("cascade-lake", "Intel Cascade Lake vCPU (N2)", 3.75, _SPEC),
        Processor("ice-lake", "Intel Ice Lake vCPU (N2)", 3.65, _SPEC),
        Processor("sapphire-rapids", "Intel Sapphire Rapids vCPU (C3)", 4.06, _SPEC),
        Processor("emerald-rapids", "Intel Emerald Rapids vCPU (C4)", 4.38, _SPEC),
        Processor("epyc-2", "AMD EPYC Rome vCPU (N2D)", 1.58, _SPEC),
        Processor("epyc-3", "AMD EPYC Milan vCPU (N2D)", 1.83, _SPEC),
        Processor("epyc-4", "AMD EPYC Genoa vCPU (C3D)", 2.20, _SPEC),
        Processor("vcpu", "unknown vCPU", 4.38, "the highest vCPU of this table"),
        Processor("t4", "NVIDIA T4", 70, _TDP),
        Processor("l4", "NVIDIA L4", 72, _TDP),
        Processor("v100", "NVIDIA V100 SXM2", 300, _TDP),
        Processor("a100", "NVIDIA A100 SXM", 400, _TDP),
        Processor("h100", "NVIDIA H100 SXM", 700, _TDP),
        Processor("h200", "NVIDIA H200 SXM", 700, _TDP),
        Processor("gpu", "unknown GPU", 700, "the highest GPU of this table"),
        Processor("tpu-v4", "Google TPU v4", 170, "mean, Jouppi et al. 2023, arXiv 2304.01433"),
        Processor("tpu-v5e", "Google TPU v5e", 192, "not published: the maximum of a TPU v4"),
        Processor("tpu-v6e", "Google TPU v6e", 192, "not published: the maximum of a TPU v4"),
    )
}

_INTEL = {
    79: "broadwell",
    85: "cascade-lake",
    106: "ice-lake",
    143: "sapphire-rapids",
    207: "emerald-rapids",
}
"""CPU model of Intel's family 6 -> class. Skylake shares 85 and draws about the same."""


def processor(name: str) -> Processor:
    """A class by name.

    Raises:
        UnknownProcessor: no such class.
    """
    if name not in PROCESSORS:
        raise UnknownProcessor(f"The power of {name!r} is not known.")
    return PROCESSORS[name]


def this_processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> Processor:
    """Class of this machine's CPU; the highest of the table where it is not recognised."""
    text = cpuinfo.read_text() if cpuinfo.is_file() else ""
    return PROCESSORS[_amd(text) or _intel(text) or "vcpu"]


def these_accelerators(driver: Path = Path("/proc/driver/nvidia/gpus")) -> dict[str, int]:
    """NVIDIA GPUs that this process may use: class -> how many."""
    models = [
        re.search(r"Model:\s*(.+)", (one / "information").read_text())
        for one in sorted(driver.glob("*"))
    ]
    classes = [_gpu(model[1]) for model in models if model]
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        # the machine's GPUs are alike: only how many there are matters
        classes = classes[: len([one for one in visible.split(",") if one])]
    return dict(Counter(classes))


def _gpu(model: str) -> str:
    words = model.lower().replace("-", " ").split()  # "Tesla V100-SXM2-16GB"
    return next((word for word in words if word in PROCESSORS), "gpu")


def _amd(text: str) -> str:
    """EPYC model numbers end in their generation: 7B12 is Rome, 7B13 Milan, 9B14 Genoa."""
    model = re.search(r"AMD EPYC \w{3}([234])\b", text)
    return f"epyc-{model[1]}" if model else ""


def _intel(text: str) -> str:
    model = re.search(r"GenuineIntel.*?^model\s*: (\d+)$", text, re.DOTALL | re.MULTILINE)
    return _INTEL.get(int(model[1]), "") if model else ""
