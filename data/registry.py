"""The readers of datasets by name. Adding one is a line here and a file in `data/readers`.

    for item in registry.read("celeb_df", Path("/datasets/Celeb-DF-v2"), version="v2"):
        ...

Every reader is a function `read(root, **options)` that yields the items of one folder. It looks
over the whole layout before the first item, so a wrong or incomplete folder never gives a part of
a dataset. Only what cannot be known without unpacking, such as a damaged archive, is raised at
its turn. Its options have defaults; they are text, true or false, a path, or a tuple of texts.
"""

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from inspect import Parameter, signature
from pathlib import Path
from typing import Any, get_type_hints

from clarity.errors import ClarityError
from data import layout
from data.items import Item

READERS = {
    "uadfv": "data.readers.uadfv:read",
    "deepfake_timit": "data.readers.deepfake_timit:read",
    "dfdc_preview": "data.readers.dfdc_preview:read",
    "faceforensics": "data.readers.faceforensics:read",
    "celeb_df": "data.readers.celeb_df:read",
    "fakecatcher": "data.readers.fakecatcher:read",
    "dffd": "data.readers.dffd:read",
    "google_dfd": "data.readers.google_dfd:read",
    "dfdc": "data.readers.dfdc:read",
    "deeperforensics": "data.readers.deeperforensics:read",
    "vox_deepfake": "data.readers.vox_deepfake:read",
    "wilddeepfake": "data.readers.wilddeepfake:read",
    "forgerynet": "data.readers.forgerynet:read",
    "df_w": "data.readers.df_w:read",
    "ffiw": "data.readers.ffiw:read",
    "openforensics": "data.readers.openforensics:read",
    "folder": "data.readers.folder:read",
    "manifest": "data.readers.manifest:read",
}


class UnknownReader(ClarityError):
    """No reader of that name."""

    status = 404
    code = "unknown-reader"
    hint = f"Known readers: {', '.join(READERS)}."


class UnknownOption(ClarityError):
    """The reader does not take that option, or not in that form."""

    status = 400
    code = "unknown-reader-option"
    hint = "Options are written name=value; several values are separated by commas."


def read(name: str, root: Path, **options: Any) -> Iterator[Item]:
    """The items of a dataset, in an order that never changes.

    Args:
        name: one of `READERS`.
        root: the folder of the dataset, as its publishers lay it out.
        options: of that reader; see `options_of`.

    Raises:
        UnknownReader, UnknownOption: as they say.
        WrongRoot, DatasetIncomplete, UnknownVersion: the folder is not the dataset, or not whole,
            or not of a version that is known.
    """
    known = options_of(name)
    for option in options:
        if option not in known:
            raise _refusal(name, option, known)
    return layout.begun(_reader(name)(root, **options))


def options_of(name: str) -> dict[str, Any]:
    """Options of a reader and their defaults.

    Raises:
        UnknownReader: no such name.
    """
    parameters = signature(_reader(name)).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is Parameter.KEYWORD_ONLY}


def options_from_text(name: str, words: Sequence[str]) -> dict[str, Any]:
    """Options as they are written on a command line, in the types that the reader takes.

    Args:
        words: "name=value" each; values of a tuple are separated by commas.

    Raises:
        UnknownReader: no such name.
        UnknownOption: not of that form, not an option of the reader, or neither true nor false.
    """
    known = options_of(name)
    types = get_type_hints(_reader(name))
    options = {}
    for word in words:
        option, equals, text = word.partition("=")
        if not equals or option not in known:
            raise _refusal(name, word, known)
        options[option] = _value(text, types[option], word)
    return options


def _value(text: str, wanted: Any, word: str) -> Any:
    if wanted == tuple[str, ...]:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if wanted is bool:
        if text.lower() not in ("true", "false"):
            raise UnknownOption(f"{word!r}: write true or false.")
        return text.lower() == "true"
    return text if wanted is str else Path(text)


def _reader(name: str) -> Any:
    if name not in READERS:
        raise UnknownReader(f"There is no reader called {name!r}.")
    module, _, function = READERS[name].partition(":")
    return getattr(import_module(module), function)


def _refusal(name: str, option: str, known: Mapping[str, Any]) -> UnknownOption:
    listed = ", ".join(f"{key} (default {value!r})" for key, value in known.items())
    return UnknownOption(f"Reader {name} has no option {option!r}; it takes {listed or 'none'}.")
