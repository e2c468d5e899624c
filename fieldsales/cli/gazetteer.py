"""`fieldsales gazetteer …` and `fieldsales locate`: everything heavy is imported where it is used, so that an answer is fast."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieldsales.errors import N_, FixTheInput

if TYPE_CHECKING:
    from fieldsales.adapters.geocoding.records import GazetteerStatus
    from fieldsales.services.ports import Geocoder

SOME_NOT_LOCATED = 1

group = typer.Typer(no_args_is_help=True, help="The local gazetteer of Japan.")


class NothingToLocate(FixTheInput):
    code = "nothing_to_locate"
    message = N_("Give addresses, or --file with --column.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="gazetteer")
    app.command()(locate)


@group.command()
def install(
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE …]", help="Files or URLs; the published Geolonia file when none.")
    ] = None,
) -> None:
    """Add sources to the gazetteer; newer and finer ones win, and what is installed stays in use until the new one is complete."""
    from fieldsales.adapters.geocoding.download import DEFAULT_SOURCE_URL
    from fieldsales.adapters.geocoding.gazetteer import install as install_sources
    from fieldsales.cli.progress import InstallLine
    from fieldsales.settings import prepare_data_dir, read_settings

    settings = read_settings()
    prepare_data_dir(settings)
    with InstallLine(sys.stderr) as line:
        status = install_sources(settings.gazetteer_path, sources or [DEFAULT_SOURCE_URL], progress=line)
    _show_status(status)


@group.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Say what is installed."""
    from fieldsales.adapters.geocoding.gazetteer import Gazetteer
    from fieldsales.settings import read_settings

    found = Gazetteer(read_settings().gazetteer_path).status()
    if not as_json:
        _show_status(found)
        return
    from dataclasses import asdict

    typer.echo(json.dumps(asdict(found) | {"path": str(found.path)}, ensure_ascii=False))


def _show_status(found: GazetteerStatus) -> None:
    if not found.installed:
        typer.echo("No gazetteer is installed: Japanese addresses are placed in their municipality only.")
        typer.echo("Install it with: fieldsales gazetteer install")
        return
    typer.echo(
        f"{found.towns:,} towns, {found.blocks:,} blocks and {found.postal_codes:,} postal codes "
        f"of {found.municipalities:,} municipalities in {found.path}"
    )
    for source in found.sources:
        typer.echo(f"  {source.installed_at}  {source.rows:>9,} rows  {source.kind:<12} {source.name}")


def locate(
    addresses: Annotated[list[str] | None, typer.Argument(metavar="[ADDRESS …]")] = None,
    file: Annotated[Path | None, typer.Option(metavar="IN.csv", help="A list (CSV in any Japanese encoding, or XLSX).")] = None,
    column: Annotated[str, typer.Option(metavar="COL", help="The column of --file that holds the address.")] = "",
    postal_column: Annotated[str, typer.Option(metavar="COL", help="The column that holds the postal code, if any.")] = "",
    out: Annotated[Path | None, typer.Option(metavar="OUT.csv", help="Where to write the answers; standard output when left out.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no remote service.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per address; with --file the counts.")] = False,
) -> None:
    """Locate addresses; exits with 1 when some have no place."""
    if bool(addresses) == bool(file) or (file and not column):
        raise NothingToLocate()
    geocoder = _open_geocoder(offline=offline)
    if file is not None:
        from fieldsales.cli import located_files

        counts = located_files.locate_file(geocoder, file, column=column, postal_column=postal_column, out=out)
        if as_json:  # beside the answers on standard output there is no room for the counts
            typer.echo(json.dumps(counts.as_dict()), err=out is None)
        else:
            typer.echo(counts.sentence(), err=True)
        unlocated = counts.unlocated
    else:
        unlocated = _locate_arguments(geocoder, addresses or [], as_json=as_json)
    if unlocated:
        raise typer.Exit(SOME_NOT_LOCATED)


def _open_geocoder(*, offline: bool) -> Geocoder:
    """Build the chain without the database: a single answer must not wait for it to load."""
    from fieldsales import USER_AGENT
    from fieldsales.adapters.geocoding.chain import build_chain
    from fieldsales.settings import read_settings

    settings = read_settings()
    return build_chain(
        settings.geocoder_names,
        gazetteer_path=settings.gazetteer_path,
        nominatim_url=settings.nominatim_url,
        user_agent=USER_AGENT,
        offline=offline,
    )


def _locate_arguments(geocoder: Geocoder, addresses: list[str], *, as_json: bool) -> int:
    from dataclasses import asdict

    from fieldsales.domain.places import AddressQuery

    unlocated = 0
    queries = (AddressQuery(address) for address in addresses)
    for address, place in zip(addresses, geocoder.locate_many(queries), strict=True):
        unlocated += not place.found
        if as_json:
            typer.echo(json.dumps({"address": address} | asdict(place), ensure_ascii=False))
        elif place.found:
            about = f"{place.level} ±{place.precision_m or 0:,.0f} m"
            rest = f"  (+ {place.rest})" if place.rest else ""
            typer.echo(f"{place.lat:.6f}, {place.lon:.6f}  {about}  {place.matched}{rest}  {place.status} {place.reason}".rstrip())
        else:
            typer.echo(f"-  {address}  {place.status} {place.reason}".rstrip())
    return unlocated
