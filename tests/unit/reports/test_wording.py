"""Sentences of reports that put several models' cards together."""

from clarity.reports.wording import limit_lines, trust_intro

STILL = "It judges single frames."
SWAPS = "It takes composites for face swaps."


def test_limits_name_their_models_where_there_are_several():
    told = limit_lines([("Generalist", [STILL]), ("Face swap", [SWAPS, STILL])])
    assert told == [f"Generalist, Face swap: {STILL}", f"Face swap: {SWAPS}"]


def test_limits_of_a_single_model_stand_alone():
    assert limit_lines([("Generalist", [STILL, SWAPS, STILL])]) == [STILL, SWAPS]


def test_trust_tells_once_of_what_models_learned():
    told = trust_intro(["lip_sync", "face_swap", "lip_sync", "none", "", "new-kind"])
    assert told.endswith("The models were trained on: face swap, lip-sync, new-kind.")
    assert "trained on" not in trust_intro(["none"])
