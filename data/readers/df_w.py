"""DF-W: 1,869 deepfake videos as people share them on YouTube and Bilibili.

Pu, Mangaokar, Kelly, Bhattacharya, Sundaram, Javed, Wang and Viswanath, "Deepfake Videos in the
Wild: Analysis and Detection", The Web Conference 2021, arXiv 2103.04263. It is given on request.
Its layout could not be verified beyond what github.com/jmpu/webconf21-deepfakes-in-the-wild says
(`video_preprocessing`): one folder of videos a site. This reader expects

    youtube/….mp4
    bilibili/….mp4

in any case of letters. All videos are fakes, nearly all face swaps; tools and people are not
said. Every video is a group of its own. No official split.
"""

from collections.abc import Iterator
from pathlib import Path

from data import layout
from data.items import Item

NAME = "DF-W"
SITES = ("youtube", "bilibili")


def read(root: Path, *, sites: tuple[str, ...] = SITES) -> Iterator[Item]:
    """All videos of the chosen sites.

    Raises:
        UnknownVersion: no such site.
        WrongRoot, DatasetIncomplete: no such folders, or one is empty.
    """
    layout.expect_known(NAME, "site", sites, SITES)
    inside = sorted(root.iterdir()) if root.is_dir() else []
    places = {folder.name.lower(): folder.name for folder in inside if folder.is_dir()}
    layout.expect(root, NAME, *(places.get(site, site) for site in sites))
    found = {site: list(layout.files(root / places[site])) for site in sites}
    for site, paths in found.items():
        layout.expect_some(root / places[site], NAME, paths)
    for site, paths in found.items():
        for path in paths:
            yield layout.item_at(
                path,
                root,
                manipulation="face_swap",
                source=f"df_w_{site}",
                origin=f"{NAME}, {site}",
                group=f"df_w/{site}/{path.stem}",
            )
