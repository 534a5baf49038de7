"""Machine classes, told from what the processor says of itself."""

import subprocess
import sys

from clarity.evidence.circumstances import code_digest, here, machine

CPU = """processor : 0
model name : Some CPU @ 2.00GHz
flags : fpu avx2 avx512_vnni sse4_2 rdtscp fma
processor : 1
model name : Some CPU @ 2.00GHz
"""


def test_a_machine_class_is_the_processor_and_what_chooses_kernels():
    told = machine(CPU)
    assert told.processor == "Some CPU @ 2.00GHz"
    assert told.instructions == ("avx2", "avx512_vnni", "fma", "sse4_2")
    assert machine("Features : fp asimd bf16").instructions == ("asimd", "bf16")
    assert machine("").instructions == ()


def test_circumstances_are_the_same_in_another_process():
    code = "from clarity.evidence.circumstances import here; print(here().model_dump_json())"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == here().model_dump_json()
    assert here().code == code_digest()
    assert {"python", "numpy", "openvino"} <= set(here().versions)
