"""What a test does with a page that runs without a browser."""


def ran(page):
    """The page, which must have come to its end."""
    assert not page.exception, page.exception
    return page


def html(page):
    """Everything on it that is written as HTML."""
    return " ".join(element.proto.body for element in page.get("html"))


def press(page, label):
    """The page after its one button of that name."""
    (button,) = [one for one in page.button if one.label == label]
    return ran(button.click().run())
