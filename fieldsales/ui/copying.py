"""A small button that copies a text: drawn as HTML, brought to life by `web/assets/shell.js`."""

from __future__ import annotations

import html

from fieldsales.ui.page import Page


def copy_button(page: Page, text: str, what: str) -> str:
    """Return the button as HTML; `what` names the thing for screen readers and on hover."""
    _ = page.text.gettext
    label = html.escape(_("Copy: {what}").format(what=what), quote=True)
    copied = html.escape(_("Copied"), quote=True)
    return (
        f'<button type="button" class="fs-copy-button" data-fs-copy="{html.escape(text, quote=True)}" data-fs-copied="{copied}" '
        f'aria-label="{label}" title="{label}"><span class="fs-icon" aria-hidden="true">content_copy</span>'
        f'<span role="status" class="fs-copied-word"></span></button>'
    )
