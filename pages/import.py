"""A customer list from Excel to the map in three steps: file, columns, result."""

import streamlit as st

from fieldsales.ui.imports import import_check, import_columns, import_result, import_view
from fieldsales.ui.page import open_page

page = open_page()
_ = page.text.gettext
draft = import_view.open_draft(page)
import_view.draw_head(page, draft)

if draft.upload is None:
    import_view.draw_file_step(page)
elif draft.step == import_view.RESULT:
    import_result.draw_result(page, draft.upload)
    import_view.draw_start_over(page, draft.upload)
else:
    import_view.draw_file_name(page, draft.upload)
    chosen = import_columns.draw_columns(page, draft.upload)
    if chosen is not None:
        heading, columns = chosen
        erase, owner_id = import_columns.draw_options(page)
        options = import_check.draw_check(page, draft.upload, heading, columns, erase=erase, owner_id=owner_id)
        if options is not None:
            mapping_name = import_columns.draw_mapping_name(page)
            if st.button(_("Import"), key="import_go", type="primary", icon=":material/upload:", width="stretch"):
                import_check.carry_out(page, draft.upload, heading, columns, options, mapping_name=mapping_name)
