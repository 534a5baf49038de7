"""Read the tensors of a PyTorch state file (the format before 1.6) without PyTorch.

The file is five pickles (magic, protocol, system, state, storage keys) and then the raw
storages, each led by its element count as int64. Only the few names that a state
dictionary needs can be unpickled, so a hostile file cannot run code.
"""

import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

_MAGIC = 0x1950A86A20F9469CFC6C
_DTYPES = {"FloatStorage": np.float32, "LongStorage": np.int64}


class _Storage:
    """Promise of a flat array that is read after the pickles."""

    def __init__(self, dtype: type) -> None:
        self.dtype = dtype
        self.values: np.ndarray = np.empty(0, dtype)


class _View:
    def __init__(
        self,
        storage: _Storage,
        offset: int,
        shape: tuple[int, ...],
        stride: tuple[int, ...],
        *_: Any,
    ) -> None:
        self.storage, self.offset, self.shape, self.stride = storage, offset, shape, stride

    def array(self) -> np.ndarray:
        flat = self.storage.values[self.offset :]
        strides = tuple(step * flat.itemsize for step in self.stride)
        return np.lib.stride_tricks.as_strided(flat, self.shape, strides).copy()


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: BinaryIO, storages: dict[str, _Storage]) -> None:
        super().__init__(file)
        self._storages = storages

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _View
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a state file")

    def persistent_load(self, pid: Any) -> _Storage:
        _, dtype, key, *_ = pid
        return self._storages.setdefault(key, _Storage(dtype))


def read_state(path: Path) -> dict[str, np.ndarray]:
    """Tensor name -> array, in the file's order.

    Raises:
        pickle.UnpicklingError: not such a file, or one that asks for anything but tensors.
    """
    storages: dict[str, _Storage] = {}
    with path.open("rb") as file:
        magic, _, _ = (_Unpickler(file, storages).load() for _ in range(3))
        if magic != _MAGIC:
            raise pickle.UnpicklingError(f"{path} is not a PyTorch state file of that format")
        state = _Unpickler(file, storages).load()
        for key in _Unpickler(file, storages).load():
            count = int(np.fromfile(file, np.int64, 1)[0])
            storages[key].values = np.fromfile(file, storages[key].dtype, count)
    return {name: view.array() for name, view in state.items()}
