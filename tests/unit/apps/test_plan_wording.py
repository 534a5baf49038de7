"""The words about plans: what is not deployed is never promised, and all is escaped."""

from apps.scanner import plan_markup
from apps.scanner.plan_wording import panel_in_words, panel_share, plan_adds, plans_in_words
from clarity.plans.messages import PanelSeat


def panel(*taken, free=1):
    """Six seats, some of them taken; the first of those judge free checks."""
    kinds = ("a", "b", "c", "d", "e", "f")
    return [
        PanelSeat(
            kind=kind,
            title=kind,
            looks_for=kind,
            detectors=[kind] if kind in taken else [],
            free=[kind] if kind in taken[:free] else [],
        )
        for kind in kinds
    ]


def test_the_page_never_promises_opinions_that_nobody_gives_yet():
    assert "not another model's vote" in panel_in_words(panel("a"))
    assert "not another model's vote" in plan_adds(panel("a"))
    two = panel("a", "b")
    assert "two of them are taken today" in panel_in_words(two)
    assert panel_share(two) == "Every deployed model: 2 of 6 today"
    assert "A plan adds one more model, a place ahead" in plans_in_words(two)
    assert "A plan adds a place ahead" in plans_in_words(panel("a"))
    assert "not another" not in panel_in_words(two)
    assert plan_adds(two).endswith("A plan adds one more model.")
    whole = panel(*"abcdef")
    assert panel_in_words(whole).startswith("All six seats are taken.")
    assert panel_share(whole) == "All 6 models of the panel"
    assert plan_adds(whole).endswith("A plan adds five more models.")


def test_a_second_model_in_a_seat_counts_as_one_more() -> None:
    shared = [
        PanelSeat(kind="k", title="Generalist", looks_for="", detectors=["a", "b"], free=["a"])
    ]
    assert plan_adds(shared).endswith("A plan adds one more model.")
    html = plan_markup.panel(shared, {"a": "Generalist", "b": "Elder"})
    assert "At work, in free checks too; At work: Elder" in html


def test_what_stands_on_the_pages_about_plans_is_escaped():
    seat = PanelSeat(kind="k", title="<b>", looks_for="<i>", detectors=["<u>"], free=[])
    html = plan_markup.panel([seat], {}) + plan_markup.action('"><script>', "<a>")
    html += plan_markup.notice("<p>", "/", "<s>") + plan_markup.standing("<h1>", "<h2>")
    for tag in ("<b>", "<i>", "<u>", "<script", "<a>", "<s>", "<h1>", "<h2>"):
        assert tag not in html
