import json

from typer.testing import CliRunner

from train.__main__ import app


def test_it_prints_a_line_an_architecture():
    arguments = "throughput --size 32 --batch 4 --steps 2 --detector tiny --detector tiny_normed"
    done = CliRunner().invoke(app, arguments.split())
    assert done.exit_code == 0, done.output
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["detector"] for line in lines] == ["tiny", "tiny_normed"]
    for line in lines:
        assert (line["size"], line["batch"], line["precision"]) == (32, 4, "float32")
        assert line["images_per_second"] > 0
        assert line["devices"] >= 1
