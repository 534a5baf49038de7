"""The decoding process: its limits, and what it leaves behind."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from clarity.errors import ClarityError
from clarity.media.decode import _environment, decode
from clarity.media.decoding.errors import DecodeTimeout
from clarity.media.limits import Limits
from tests.unit.media.making import write_video


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def children() -> list[str]:
    tasks = Path("/proc/self/task").glob("*/children")
    return [child for task in tasks for child in task.read_text().split()]


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    path = write_video(tmp_path / "a.mp4", 20)
    before, before_files = children(), open_files()

    decode(path)
    with pytest.raises(ClarityError):
        decode(path, Limits(decode_seconds=0.05))
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ClarityError):
        decode(path)

    assert children() == before
    assert open_files() == before_files
    assert list(temporary.iterdir()) == []


def test_a_decoder_that_hangs_is_ended(tmp_path: Path) -> None:
    """The second reader of this pipe, which is the decoder, waits for a writer forever."""
    content = write_video(tmp_path / "a.mp4", 3).read_bytes()
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(content[:4096],))
    writer.start()
    began = time.monotonic()

    with pytest.raises(DecodeTimeout):
        decode(tmp_path / "pipe", Limits(decode_seconds=1))

    assert time.monotonic() - began < 4
    writer.join()


def test_the_decoder_gets_no_secrets_and_writes_no_files(tmp_path: Path) -> None:
    """What a taken-over decoder could see: its environment and its limits."""
    assert set(_environment()) == {"PYTHONPATH", "PATH", "OPENBLAS_NUM_THREADS"}
    program = (
        "import resource as r\n"
        "from clarity.media.decoding.__main__ import _restrict\n"
        "from clarity.media.limits import Limits\n"
        "_restrict(Limits(max_frames=1, max_image_side=100, max_frame_side=100))\n"
        "try:\n"
        f"    open({str(tmp_path / 'big')!r}, 'wb').write(bytes(40_000))\n"
        "except OSError as error: print(error.errno)\n"
        "print(r.getrlimit(r.RLIMIT_AS)[0], r.getrlimit(r.RLIMIT_CORE)[0])\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], env=_environment(), capture_output=True, text=True
    )
    assert run.stdout.split() == ["27", str(Limits().memory_bytes), "0"], run.stderr


def test_the_decoder_loads_no_detector_and_no_web_library() -> None:
    program = (
        "import sys\n"
        "import clarity.media.decoding.__main__, clarity.media.decoding.images\n"
        "import clarity.media.decoding.videos\n"
        "heavy = {'cv2', 'torch', 'jax', 'tensorflow', 'openvino', 'ray', 'yt_dlp', 'httpx'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], env=_environment(), capture_output=True, text=True
    )
    assert run.stdout.strip() == "[]", run.stderr
