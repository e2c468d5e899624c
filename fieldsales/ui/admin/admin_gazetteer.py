"""The address data: what is installed, what it is good for, and the two ways in: a download and a file."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from fieldsales.adapters.geocoding.download import DEFAULT_SOURCE_URL
from fieldsales.adapters.geocoding.gazetteer import Gazetteer, install
from fieldsales.adapters.geocoding.records import GazetteerStatus, InstallProgress
from fieldsales.domain.audit import AuditAction
from fieldsales.errors import N_, FieldSalesError
from fieldsales.services import audit
from fieldsales.services.access import require_admin
from fieldsales.ui import navigation
from fieldsales.ui.counts import draw_counts
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.messages import sentence_of
from fieldsales.ui.page import Page

FILE_TYPES = ("csv", "zip", "xz", "gz")
MAX_UPLOAD_MB = 500
_ROUND = "_gazetteer_round"
_STAGES = {"download": N_("Downloading"), "read": N_("Reading"), "index": N_("Building the index"), "done": N_("Done")}
_UNSAFE = re.compile(r"[^\w.\-]+")


def draw_gazetteer(page: Page) -> None:
    """Draw what is installed and how to install more."""
    _ = page.text.gettext
    gazetteer = Gazetteer(page.runtime.settings.gazetteer_path)
    try:
        _draw_status(page, gazetteer.status())
    except FieldSalesError as error:  # a damaged file must not keep the way to a good one shut
        st.error(sentence_of(page.text, error), icon=":material/error:")
    _draw_download(page)
    _draw_upload(page)


def _draw_status(page: Page, status: GazetteerStatus) -> None:
    _ = page.text.gettext
    number = page.text.number
    if not status.installed:
        st.info(
            _("Nothing is installed yet: addresses are placed in the middle of their municipality, several kilometres off."),
            icon=":material/info:",
        )
        return
    shown = [
        (_("Towns"), status.towns),
        (_("Blocks"), status.blocks),
        (_("Postal codes"), status.postal_codes),
        (_("Municipalities"), status.municipalities),
    ]
    draw_counts(page, shown)
    rows = [
        {
            _("Source"): one_line(source.name if "://" in source.name else Path(source.name).name),
            _("Rows"): number(source.rows),
            _("Installed"): source.installed_at[:16].replace("T", " "),
        }
        for source in status.sources
    ]
    with st.expander(_("Sources ({count})").format(count=number(len(rows))), key="gazetteer_sources"):
        st.table(rows)


def _draw_download(page: Page) -> None:
    _ = page.text.gettext
    st.subheader(_("Install from the internet"), anchor=False)
    with st.form("gazetteer_download", enter_to_submit=False):
        url = st.text_input(_("Address of the file"), value=DEFAULT_SOURCE_URL, key="gazetteer_url", max_chars=2000, autocomplete="off")
        st.caption(_("The default is the address data of Geolonia (CC BY 4.0), about 50 MB. An interrupted download continues."))
        wanted = st.form_submit_button(
            _("Download and install"), key="install_url", icon=":material/download:", type="primary", width="stretch"
        )
    if wanted:
        _install(page, [url.strip()])


def _draw_upload(page: Page) -> None:
    _ = page.text.gettext
    st.subheader(_("Install from a file"), anchor=False)
    st.caption(
        _(
            "For servers without internet: Geolonia's latest.csv, or the government's zips of towns and blocks (位置参照情報). "
            "Finer and newer data wins."
        )
    )
    round_number = st.session_state.setdefault(_ROUND, 0)  # another key is an empty widget
    files = st.file_uploader(
        _("Files"),
        type=FILE_TYPES,
        accept_multiple_files=True,
        key=f"gazetteer_files_{round_number}",
        max_upload_size=MAX_UPLOAD_MB,
        label_visibility="collapsed",
    )
    if not st.button(_("Install these files"), key="install_files", icon=":material/upload_file:", width="stretch", disabled=not files):
        return
    with tempfile.TemporaryDirectory(dir=page.runtime.settings.data_dir, prefix="gazetteer-upload-") as folder:
        paths = []
        for number, file in enumerate(files):
            path = Path(folder, str(number)) / (_UNSAFE.sub("_", file.name)[-100:] or "upload")
            path.parent.mkdir()
            path.write_bytes(file.getbuffer())
            paths.append(path)
        _install(page, paths)


def _install(page: Page, sources: Sequence[str | Path]) -> None:
    """Install while a bar shows how far it is; what was installed before stays in use when it fails."""
    require_admin(page.user)
    _ = page.text.gettext
    bar = st.progress(0.0, text=_("Starting…"))

    def show(progress: InstallProgress) -> None:
        share = progress.done / progress.total if progress.total else 0.0
        stage, amount = _(_STAGES.get(progress.stage, progress.stage)), _amount(page, progress)
        bar.progress(min(max(share, 0.0), 1.0), text=f"{stage} {amount}".strip())

    try:
        status = install(page.runtime.settings.gazetteer_path, sources, progress=show)
    except FieldSalesError as error:
        bar.empty()
        st.error(sentence_of(page.text, error), icon=":material/error:")
        return
    names = [source.name if isinstance(source, Path) else source for source in sources]
    with page.saving() as session:
        audit.record(session, page.user, AuditAction.GAZETTEER_INSTALLED, details={"sources": names, "towns": status.towns}, now=page.now)
    done = _("Installed: {count} towns. Approximate places are looked up again by themselves.")
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    page.toast(done.format(count=page.text.number(status.towns)))
    st.switch_page(navigation.path_of("admin"), query_params={"tab": "gazetteer"})


def _amount(page: Page, progress: InstallProgress) -> str:
    if progress.stage == "download":
        return f"{page.text.number(round(progress.done / 1e6, 1))} MB"
    return plain(page.text.number(progress.done)) if progress.stage == "read" else ""
