"""A town of twelve by twelve streets and an island, made up, and a real OSRM server that knows its roads."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE = 12
SOUTH, WEST, STEP = 35.0, 139.0, 0.004  # some 440 by 360 metres a block
ISLAND = (35.2, 139.2)
_OSRM_VERSION = "26.10.0"


def corner(row: int, column: int) -> tuple[float, float]:
    """Return where two streets cross: rows from south to north, columns from west to east."""
    return round(SOUTH + row * STEP, 6), round(WEST + column * STEP, 6)


def write_map(path: Path) -> None:
    """Write the town as OpenStreetMap XML: every fourth street is a main road, every third avenue goes north only."""
    lines = ['<?xml version="1.0"?><osm version="0.6" generator="fixture">']
    number = {(row, column): 1 + row * SIZE + column for row in range(SIZE) for column in range(SIZE)}
    lines += [_node(number[at], *corner(*at)) for at in number]
    for i in range(SIZE):
        street = [number[i, column] for column in range(SIZE)]
        avenue = [number[row, i] for row in range(SIZE)]
        lines.append(_way(1_000 + i, street, "primary" if i % 4 == 0 else "residential", one_way=False))
        lines.append(_way(2_000 + i, avenue, "residential", one_way=i % 3 == 0))
    shore = [9_000 + k for k in range(5)]
    lines += [_node(node, ISLAND[0] + k * STEP, ISLAND[1]) for k, node in enumerate(shore)]
    lines.append(_way(5_000, shore, "residential", one_way=False))
    path.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")


def _node(number: int, lat: float, lon: float) -> str:
    return f'<node id="{number}" lat="{lat:.6f}" lon="{lon:.6f}" version="1"/>'


def _way(number: int, nodes: list[int], kind: str, *, one_way: bool) -> str:
    refs = "".join(f'<nd ref="{node}"/>' for node in nodes)
    tags = f'<tag k="highway" v="{kind}"/><tag k="oneway" v="{"yes" if one_way else "no"}"/>'
    return f'<way id="{number}" version="1">{refs}{tags}</way>'


def find_osrm() -> Path:
    """Return the folder with OSRM's programs and profiles; a test without one fails and says how to get it."""
    folder = Path(os.environ.get("OSRM") or Path(sys.prefix) / f"osrm-{_OSRM_VERSION}" / "osrm")
    if not (folder / "bin" / "osrm-routed").exists():
        raise RuntimeError(f"no OSRM in {folder}: run `sh .ci/osrm.sh {sys.prefix}/bin`, or `make test`")
    return folder


def prepare(folder: Path) -> Path:
    """Prepare the town for cars and return what the server is started with."""
    osrm = find_osrm()
    write_map(folder / "grid.osm")
    roads = folder / "grid.osrm"
    _run([osrm / "bin" / "osrm-extract", "-t", "1", "-p", osrm / "share" / "profiles" / "car.lua", folder / "grid.osm"])
    _run([osrm / "bin" / "osrm-partition", "-t", "1", roads])
    _run([osrm / "bin" / "osrm-customize", "-t", "1", roads])
    return roads


@contextmanager
def serving(roads: Path) -> Iterator[str]:
    """Yield the address of a server for the prepared roads, on this machine only."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [find_osrm() / "bin" / "osrm-routed", "--algorithm", "mld", "--ip", "127.0.0.1", "-p", str(port), "-t", "2", roads]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    with process.stdout:
        said = []
        for line in process.stdout:
            said.append(line)
            if "waiting for requests" in line:
                break
        else:
            raise RuntimeError("OSRM did not start: " + "".join(said))
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def _run(command: list[str | Path]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
