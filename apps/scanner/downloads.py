"""Buttons by which a file is taken away. It is fetched when it is clicked: most take nothing."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from clarity.reports.expertise import Attachment

PAPER, DATA, CLIP = ":material/picture_as_pdf:", ":material/download:", ":material/attach_file:"


def button(
    label: str,
    read: Callable[[], bytes],
    *,
    name: str,
    mime: str,
    icon: str = DATA,
    first: bool = False,
    key: str | None = None,
) -> None:
    """One file.

    Args:
        label: of the button.
        read: fetches the file.
        name, mime: of the file.
        icon: of the button.
        first: whether it is what most people want here.
        key: where the same button stands on a page more than once.
    """
    st.download_button(
        label,
        data=read,
        file_name=name,
        mime=mime,
        icon=icon,
        type="primary" if first else "secondary",
        key=key,
        on_click="ignore",
    )


def attachments(files: Sequence[Attachment], read: Callable[[str], bytes]) -> None:
    """What lies beside an expert's report; `read` fetches one by its identifier."""
    for file in files:
        button(
            file.name,
            partial(read, file.id),
            name=file.name,
            mime=file.mime,
            icon=CLIP,
            key=f"attachment-{file.id}",
        )
