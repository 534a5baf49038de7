from pathlib import Path

import pytest

from data import registry
from data.registry import UnknownOption, UnknownReader


def test_options_are_read_from_text_in_the_readers_types():
    words = ["compression=c40", "methods=Deepfakes, FaceSwap"]
    assert registry.options_from_text("faceforensics", words) == {
        "compression": "c40",
        "methods": ("Deepfakes", "FaceSwap"),
    }
    assert registry.options_from_text("deeperforensics", ["source_videos=False"]) == {
        "source_videos": False
    }
    assert registry.options_from_text("deepfake_timit", ["vidtimit=a=b"]) == {
        "vidtimit": Path("a=b")
    }


@pytest.mark.parametrize("word", ["compression", "quality=c23"])
def test_an_unknown_option_is_refused_with_those_that_exist(word):
    with pytest.raises(UnknownOption, match=r"it takes compression \(default 'c23'\)"):
        registry.options_from_text("google_dfd", [word])


def test_a_truth_value_is_true_or_false():
    with pytest.raises(UnknownOption, match="write true or false"):
        registry.options_from_text("deeperforensics", ["source_videos=1"])


def test_unknown_options_and_readers_are_refused_at_once(tmp_path):
    with pytest.raises(UnknownOption, match="it takes none"):
        registry.read("uadfv", tmp_path, compression="c23")
    with pytest.raises(UnknownReader, match="'uadvf'") as refusal:
        registry.read("uadvf", tmp_path)
    assert "uadfv" in refusal.value.hint
