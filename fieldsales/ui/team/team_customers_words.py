"""Acts on many customers in words, and taken back."""

from __future__ import annotations

from collections.abc import Sequence

from fieldsales.db.database import Session
from fieldsales.domain.words import BulkAction
from fieldsales.i18n import Text
from fieldsales.services.acting import bulk_changes
from fieldsales.services.acting.bulk_changes import ActRow, BulkAct
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.page import Page


def say_act(text: Text, act: BulkAct | ActRow, *, owner: str) -> str:
    """Return what an act does, for Streamlit's markdown; `owner` is the name of the new owner."""
    _ = text.gettext
    match act.action:
        case BulkAction.REASSIGN:
            return _("New owner: {name}").format(name=plain(owner))
        case BulkAction.TAG:
            return _("Put on the tags: {tags}").format(tags=plain(", ".join(act.tags)))
        case BulkAction.UNTAG:
            return _("Remove the tags: {tags}").format(tags=plain(", ".join(act.tags)))
        case BulkAction.CADENCE:
            if act.cadence_days is None:
                return _("Cadence by rank again")
            days = text.number(act.cadence_days)
            return text.ngettext("Cadence: every {count} day", "Cadence: every {count} days", act.cadence_days).format(count=days)


def say_count(text: Text, count: int) -> str:
    """Return how many customers would change."""
    if not count:
        return text.gettext("Nothing would change.")
    return text.ngettext("{count} customer changes.", "{count} customers change.", count).format(count=text.number(count))


def say_left(text: Text, left: int) -> str:
    """Return that an undo left customers alone which others had changed since."""
    sentence = text.ngettext(
        "{count} customer was changed again since and stayed.", "{count} customers were changed again since and stayed.", left
    )
    return sentence.format(count=text.number(left))


def take_back(session: Session, page: Page, *, change_ids: Sequence[int]) -> str | None:
    """Undo acts, all of them or none; return what is to be said when others have changed some of their customers since."""
    left = sum(bulk_changes.undo_change(session, page.user, change_id=change_id, now=page.now).left for change_id in change_ids)
    return say_left(page.text, left) if left else None


def owner_in_words(text: Text, owner_id: int | None, name: str) -> str:
    """Return an owner's name as characters, or that there is none."""
    return one_line(name) if owner_id is not None else text.gettext("Nobody")
