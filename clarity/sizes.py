"""Sizes of files as a person reads them."""

KIBI = 1024
_LARGER = ("KiB", "MiB", "GiB")


def in_words(size: int) -> str:
    """A size in bytes, KiB, MiB or GiB (IEC 80000-13), with at most one decimal.

    Args:
        size: in bytes, at least 0.
    """
    if size < KIBI:
        return "1 byte" if size == 1 else f"{size} bytes"
    value = float(size)
    for unit in _LARGER:
        value /= KIBI
        # 1023.96 would be written as 1024.0: it belongs to the next unit.
        if round(value, 1) < KIBI or unit == _LARGER[-1]:
            break
    return f"{value:.1f}".removesuffix(".0") + f" {unit}"
