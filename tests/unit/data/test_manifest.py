import pytest

from data.manifest import ManifestInvalid, read_manifest

HEADER = "path,label,manipulation,source,origin,group,split,kind\n"
ROWS = [
    "a.jpg,0,none,s,o,g1,train,image\n",
    "b.mp4,1,lip_sync,s,o,g2,validation,video\n",
]


def written(tmp_path, text):
    path = tmp_path / "manifest.csv"
    path.write_text(text)
    return path


def test_items_of_a_split_with_paths_beside_the_file(tmp_path):
    path = written(tmp_path, HEADER + "".join(ROWS))
    (item,) = read_manifest(path, split="validation")
    assert item.fake
    assert item.key == "b.mp4"
    assert item.path == tmp_path / "b.mp4"
    assert len(read_manifest(path)) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,label\na.jpg,0\n", "lacks the columns"),
        (HEADER + "a.jpg,2,none,s,o,g,train,image\n", "line 2: label '2'"),
        (HEADER + "a.wav,0,none,s,o,g,train,audio\n", "neither image nor video"),
        (HEADER, "has no item"),
        (HEADER + ROWS[0] + ROWS[0].replace("train", "test"), "groups in two splits: g1"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, text, message):
    with pytest.raises(ManifestInvalid, match=message):
        read_manifest(written(tmp_path, text))


def test_a_missing_manifest(tmp_path):
    with pytest.raises(ManifestInvalid, match="is not a file"):
        read_manifest(tmp_path / "none.csv")
