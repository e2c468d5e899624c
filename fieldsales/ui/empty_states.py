"""What a screen says while there is nothing to show: the next step."""

from __future__ import annotations

import streamlit as st

from fieldsales.ui import navigation
from fieldsales.ui.page import Page


def draw_no_customers(page: Page) -> None:
    """Lead somebody without customers to the import."""
    _ = page.text.gettext
    st.info(_("There are no customers yet. Bring your list from Excel: it takes a minute."), icon=":material/upload_file:")
    st.page_link(navigation.path_of("import"), label=_("Import customers"), icon=":material/upload_file:")
