from pathlib import Path

import numpy as np
import pytest

from clarity.detectors import parameters


def test_round_trip_keeps_names_and_compact_values(tmp_path: Path) -> None:
    given = {
        "b.kernel": np.array([[0.1, -2.5]], np.float32),
        "a.var": np.array([1e-7, 3.0e5], np.float32),
    }
    parameters.write(parameters.compact(given), tmp_path / "p.safetensors")
    back = parameters.read(tmp_path / "p.safetensors")
    assert set(back) == set(given)
    assert {array.dtype for array in back.values()} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(back["a.var"], given["a.var"])  # vectors are not rounded
    np.testing.assert_array_equal(back["b.kernel"], given["b.kernel"].astype(np.float16))


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e6])
def test_what_float16_cannot_hold_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match=r"x\.kernel"):
        parameters.compact({"x.kernel": np.array([[bad]], np.float32)})
