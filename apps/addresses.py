"""Addresses as people type them into forms."""


def is_address(text: str) -> bool:
    """Whether a source or a credential may have it as its address."""
    begins = text.startswith(("https://", "http://"))
    return begins and len(text) > len("https://") and not any(s in text for s in ' \t\n<>"')
