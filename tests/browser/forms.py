"""Forms of the pages as a person fills them in."""

from playwright.sync_api import Page, expect


def fill(page: Page, label: str, text: str) -> None:
    page.get_by_label(label, exact=True).fill(text)


def log_in(page: Page, email: str, password: str) -> None:
    """On a page that asks for that."""
    fill(page, "E-mail address", email)
    fill(page, "Password", password)
    page.get_by_role("button", name="Log in", exact=True).click()


def erase_account(page: Page, password: str) -> None:
    """On the page of the account; afterwards nobody is logged in."""
    page.locator("summary").filter(has_text="Erase the account").click()
    erase = page.get_by_test_id("stForm").filter(has_text="erase everything")
    erase.get_by_label("Password", exact=True).fill(password)
    erase.get_by_text("Yes, erase everything").click()
    erase.get_by_role("button", name="Erase the account").click()
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
