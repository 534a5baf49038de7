import pytest

from train.continual.matrix import Matrix, as_markdown


def cell(auc):
    return {"auc": auc, "accuracy": auc - 0.1}


MATRIX = Matrix(
    ["a", "b", "c"],
    [
        {"a": cell(0.9)},
        {"a": cell(0.7), "b": cell(0.8)},
        {"a": cell(0.6), "b": cell(0.85), "c": cell(0.95)},
    ],
)


def test_mean_and_backward_transfer_are_those_of_lopez_paz_and_ranzato():
    assert MATRIX.mean("auc") == pytest.approx((0.6 + 0.85 + 0.95) / 3)
    assert MATRIX.backward_transfer("auc") == pytest.approx(((0.6 - 0.9) + (0.85 - 0.8)) / 2)


def test_a_matrix_that_is_not_finished_is_shown_without_its_sums():
    half = Matrix(MATRIX.tasks, MATRIX.rows[:2])
    lines = as_markdown({"plain": MATRIX, "taught": half}).splitlines()
    assert lines[2] == "| plain | 0.800 | 0.700 | -0.125 | -0.125 |"
    assert lines[3] == ""
    assert "| b | 0.700 / 0.600 | 0.800 / 0.700 |  |" in lines
    assert not [line for line in lines if line.startswith("| taught |")]
    assert as_markdown({"taught": half}).startswith("| taught, after | a | b | c |")
