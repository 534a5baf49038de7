"""Where this process computes, and with what: asked once a process."""

import hashlib
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from clarity.evidence.messages import Circumstances, Machine

PACKAGES = ("numpy", "opencv-python-headless", "openvino", "pillow", "pillow-heif", "av")
"""What computes between a file and its score; another version may give other bits."""

KERNEL_FLAGS = ("sse", "ssse", "avx", "amx", "fma", "f16c", "bmi", "asimd", "sve", "bf16", "i8mm")
"""Beginnings of the processor's flags by which kernels are chosen."""

CPU_INFO = Path("/proc/cpuinfo")


@cache
def here() -> Circumstances:
    """The circumstances of this process."""
    return Circumstances(code=code_digest(), versions=_versions(), machine=machine())


@cache
def code_digest() -> str:
    """SHA-256 over path and content of every Python file of the library, in order of path."""
    root = Path(__file__).parents[1]
    whole = hashlib.sha256()
    for path in sorted(root.rglob("*.py"), key=lambda path: path.relative_to(root).as_posix()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{path.relative_to(root).as_posix()}\0{content}\n".encode())
    return whole.hexdigest()


def machine(cpu_info: str | None = None) -> Machine:
    """The class of this machine, or of one whose `/proc/cpuinfo` is given."""
    if cpu_info is None:
        cpu_info = CPU_INFO.read_text() if CPU_INFO.exists() else ""
    facts: dict[str, str] = {}
    for line in cpu_info.splitlines():
        name, _, value = line.partition(":")
        facts.setdefault(name.strip(), value.strip())
    flags = facts.get("flags", facts.get("Features", "")).split()
    return Machine(
        architecture=platform.machine(),
        processor=facts.get("model name") or platform.processor() or "unknown",
        instructions=tuple(sorted(flag for flag in flags if flag.startswith(KERNEL_FLAGS))),
    )


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue  # what is not there did not compute
    return found
