"""`/api/v1/team/coverage`: what the coverage map asks for while it moves, for managers and admins only."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from fieldsales.bootstrap import Runtime
from fieldsales.db.models import User
from fieldsales.domain import hexagons
from fieldsales.domain.addresses import PREFECTURES
from fieldsales.domain.coverage import CoverageAsked, CoverageFigure, Grouping
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.map_box import MapBox, read_zoom
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.i18n import Text, text_for
from fieldsales.services.team.coverage import Asker, GroupFigures, read_picture
from fieldsales.web.map_data import answering, moment_of, zone_of
from fieldsales.web.responses import text_of
from fieldsales.wording.coverage import legend_of, say_label


def _coverage(request: Request, runtime: Runtime, actor: User) -> dict[str, Any]:
    """Answer with GeoJSON of a box at a zoom: `bbox`, `zoom`, the page's filter, `show`, `by`, `rank`, `fresh`."""
    query, now, zone = request.query_params, runtime.clock(), zone_of(actor, runtime)
    said = {name: query.getlist(name) for name in query}
    asker = Asker(
        runtime.map_index,
        runtime.database,
        actor,
        TeamFilter.from_query(said, today=now.astimezone(zone).date()),
        CoverageAsked.from_query(said),
        now,
        zone,
    )
    box, zoom = MapBox.parse(query.get("bbox", "")), read_zoom(query.get("zoom", ""))
    picture = read_picture(asker, box=box, zoom=zoom, at_least=moment_of(query.get("fresh", "")))
    text = text_for(actor.locale) if actor.locale else text_of(request)
    figure = asker.asked.figure
    legend = legend_of(figure, picture.breaks, text)
    return {
        "type": "FeatureCollection",
        "features": [_feature(group, asker.asked, text) for group in picture.groups],
        "show": figure.value,
        "by": asker.asked.grouping.value,
        "total": _properties(picture.total, figure, text),
        "legend": [{"level": entry.level, "fill": entry.fill, "ink": entry.ink, "label": entry.label} for entry in legend],
        "left_out": picture.left_out,
    }


def _feature(group: GroupFigures, asked: CoverageAsked, text: Text) -> dict[str, Any]:
    """Return a hexagon as a polygon (longitudes go on beyond ±180), a municipality as the middle of its customers."""
    if asked.grouping is Grouping.HEXAGONS:
        ring = [[round(lon, 5), round(lat, 5)] for lat, lon in hexagons.outline(hexagons.read_cell(group.name))]
        geometry: dict[str, Any] = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
        more: dict[str, Any] = {"cell": group.name}
    else:
        geometry = {"type": "Point", "coordinates": [round(group.lon, 5), round(group.lat, 5)]}
        more = {"area": group.name, "prefecture": group.name in PREFECTURES}
    return {"type": "Feature", "geometry": geometry, "properties": _properties(group, asked.figure, text) | more}


def _properties(group: GroupFigures, figure: CoverageFigure, text: Text) -> dict[str, Any]:
    return {
        "customers": group.customers,
        "with_interval": group.rhythm,
        "covered": group.covered,
        "overdue": group.overdue,
        "due": group.due,
        "prospects": group.prospects,
        "unvisited": group.unvisited,
        "without_amount": group.without_amount,
        "potential": group.potential,
        "neglect": group.neglect,
        "ranks": {rank.value: count for rank, count in group.ranks.items()},
        "days": {rank.value: round(days, 1) for rank, days in group.days.items()},
        "value": group.value,
        "level": group.level,
        "label": say_label(figure, group.value, text),
        "letter": _hottest(group) if figure is CoverageFigure.RANK_DAYS else "",
    }


def _hottest(group: GroupFigures) -> str:
    return next((rank.value for rank in Likelihood if rank in group.ranks), "")


routes = [Route("/api/v1/team/coverage", answering(_coverage), name="team_coverage")]
