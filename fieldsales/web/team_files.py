"""`/team/summary.pdf` and `.csv`: the summary of a team as its page shows it, with the filter of its page, for whoever leads.

The PDF is for whoever may look at the page; the CSV is a list that names customers, so it needs the right to export. Both leave an
entry in the audit log.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fieldsales.adapters.documents import write_pdf
from fieldsales.adapters.tables import sheet_bytes
from fieldsales.bootstrap import Runtime, current_runtime
from fieldsales.domain.audit import AuditAction
from fieldsales.domain.papers import Paper
from fieldsales.domain.tables import TableFormat
from fieldsales.domain.team_filter import PARAMETERS, TeamFilter
from fieldsales.domain.team_summary import read_against
from fieldsales.errors import FieldSalesError, NotFound
from fieldsales.i18n import Text, text_for
from fieldsales.services import audit
from fieldsales.services.access import require_export
from fieldsales.services.reports.report_people import zone_of
from fieldsales.services.team.team_summary import read_summary
from fieldsales.web.identity import actor_of
from fieldsales.web.origin import client_address
from fieldsales.web.responses import show_error, text_of
from fieldsales.wording.papers import to_document, to_table
from fieldsales.wording.team_summary import summary_paper

AGAINST = "against"
_HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Cookie", "X-Robots-Tag": "noindex, nofollow"}
_ENCODINGS = {"": "utf-8-sig", "cp932": "cp932"}
_CHARSETS = {"utf-8-sig": "utf-8", "cp932": "shift_jis"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One summary for one reader: as a paper in their language, in this encoding."""

    paper: Paper
    text: Text
    encoding: str


def _file(request: Request) -> Response:
    """Answer with the file that the ending of the path names."""
    kind = request.path_params["kind"]
    runtime = current_runtime()
    try:
        if kind not in ("pdf", "csv"):
            raise NotFound()
        asked = _read(request, runtime, for_programs=kind == "csv")
        data = _csv(asked) if kind == "csv" else write_pdf(to_document(asked.paper, asked.text))
    except FieldSalesError as error:
        return show_error(request, error)
    media_type = f"text/csv; charset={_CHARSETS[asked.encoding]}" if kind == "csv" else "application/pdf"
    name = quote(f"{asked.paper.title}.{kind}".replace("/", "-"), safe="")
    disposition = f"{'inline' if kind == 'pdf' else 'attachment'}; filename=\"summary.{kind}\"; filename*=UTF-8''{name}"
    return Response(data, media_type=media_type, headers=_HEADERS | {"Content-Disposition": disposition})


def _read(request: Request, runtime: Runtime, *, for_programs: bool) -> Asked:
    query, now = request.query_params, runtime.clock()
    encoding = _ENCODINGS.get(query.get("encoding", ""))
    if encoding is None:
        raise NotFound()
    with runtime.database.read() as session:
        actor = actor_of(request, session)
        if for_programs:
            require_export(actor)
        zone = zone_of(actor, runtime.settings.zone)
        today = now.astimezone(zone).date()
        team_filter = TeamFilter.from_query({name: query.getlist(name) for name in PARAMETERS if name in query}, today=today)
        against = read_against(query.get(AGAINST, ""), team_filter.span, today=today)
        summary = read_summary(session, actor, team_filter=team_filter, against=against, today=today, zone=zone, now=now)
        text = text_for(actor.locale) if actor.locale else text_of(request)
    paper = summary_paper(summary, text)
    action = AuditAction.TABLE_EXPORTED if for_programs else AuditAction.REPORT_EXPORTED
    with audit.writing_from(runtime.database, client_address(request)) as session:
        rows = sum(len(part.lines) for part in paper.parts)
        audit.record_export(session, actor, action, what=paper.title, rows=rows, details={"whose": paper.about}, now=runtime.clock())
    return Asked(paper, text, encoding)


def _csv(asked: Asked) -> bytes:
    header, rows = to_table(asked.paper)
    return sheet_bytes(header, rows, TableFormat("csv", asked.encoding))


routes = [Route("/team/summary.{kind}", _file, name="team_summary_file")]
