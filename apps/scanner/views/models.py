"""The models page: a card for every detector that is deployed."""

import streamlit as st

from apps.gateway_client import GatewayError
from apps.model_cards import ModelCard
from apps.scanner import markup, plan_markup, session
from apps.scanner.plan_wording import panel_in_words
from apps.wording import MANIPULATIONS, percent

FIGURES = {
    "overall.auc": (
        "Telling fake from real (AUC)",
        "{:.3f}, where 1 is perfect and 0.5 is chance",
    ),
    "overall.balanced_accuracy": ("Balanced accuracy", "{:.1%}"),
    "overall.false_fake_rate": ("Real items wrongly called Fake", "{:.1%}"),
    "overall.ece": ("Calibration error", "{:.3f}"),
    # of a detector of motion, each against real clips of people that it had not seen
    "shuffled.auc": ("AUC, frames out of order", "{:.3f}"),
    "shifted.auc": ("AUC, sound of another moment", "{:.3f}"),
    "re-dubbed.auc": ("AUC, sound of somebody else", "{:.3f}"),
    "wav2lip.auc": ("AUC, lips drawn for the sound", "{:.3f}"),
    "ffpp_video.auc": ("AUC, swapped and driven faces", "{:.3f}"),
    "real.suspicious_or_fake": ("Real clips called Suspicious or Fake", "{:.1%}"),
    "real.clips": ("Real clips that this rests on", "{:.0f}"),
}


def show() -> None:
    st.html(
        '<header class="hero"><h1>The models</h1><p>Who gives the opinions in a report: what each '
        "model looks at, what it learned from, how well it was measured, and what it cannot see."
        "</p></header>"
    )
    try:
        cards = session.cards()
        _panel(cards)
    except GatewayError as error:
        st.html(markup.problem(error.message, error.hint))
        return
    for card in cards.values():
        _card(card)


def _panel(cards: dict[str, ModelCard]) -> None:
    seats = session.panel()
    st.header("The panel", anchor=False)
    st.html(plan_markup.lead(panel_in_words(seats)))
    st.html(plan_markup.panel(seats, {name: card.title for name, card in cards.items()}))
    st.header("At work today", anchor=False)


def _card(card: ModelCard) -> None:
    with st.container(border=True):
        st.subheader(card.title, anchor=False)
        st.write(card.technique)
        st.html(markup.facts(_facts(card)))
        left, right = st.columns(2, gap="large")
        with left:
            st.markdown("**Measured on data it had not seen**")
            st.html(markup.facts(_measured(card)) if card.figures else "<p>Not yet measured.</p>")
        with right:
            st.markdown("**Its limits**")
            st.html(markup.bullets(card.limits))
        with st.expander("What it learned from"):
            st.html(markup.sources(card.training_data))


def _facts(card: ModelCard) -> dict[str, str]:
    return {
        "Name": card.name,
        "Release": card.release,
        "Described in": card.paper,
        "Architecture": card.architecture,
        "Licence": card.licence,
    }


def _measured(card: ModelCard) -> dict[str, str]:
    rows = {
        title: template.format(card.figures[name]).replace("%", " %")
        for name, (title, template) in FIGURES.items()
        if name in card.figures
    }
    for name, words in MANIPULATIONS.items():
        if f"manipulation.{name}.auc" in card.figures:
            rows[f"AUC, {words}"] = f"{card.figures[f'manipulation.{name}.auc']:.3f}"
    return rows or {name: percent(value) for name, value in card.figures.items()}
