"""Addresses to places, through the command: how many a second, how soon the first, how much memory, and how right.

Without data the gazetteer is invented around Japan's municipalities (it measures speed, not truth). With FIELDSALES_BENCH_DATA the folder's
`*addresses*.csv[.xz]` is installed and each of its lists with the columns address, lat and lon is a truth to compare with.
"""

from __future__ import annotations

import csv
import lzma
import math
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, Options, at_least, at_most, median, percentile
from bench.product import Run, data_folder, run
from fieldsales.adapters.geocoding.municipalities import municipality_points
from fieldsales.domain.places import Level

BULK = 100_000
FEW = 1_000
TOWNS_EACH = 40
EARTH_DIAMETER_M = 12_742_000
FIRST_ANSWER = """
import sys, time
from pathlib import Path
from fieldsales.adapters.geocoding.chain import build_chain
from fieldsales.domain.places import AddressQuery
began = time.perf_counter()
chain = build_chain(["gazetteer", "postal"], gazetteer_path=Path(sys.argv[1]), user_agent="bench")
assert chain.locate(AddressQuery(sys.argv[2])).found
print(time.perf_counter() - began)
"""


def measure(options: Options) -> Iterator[Figure]:
    """Install a gazetteer, then locate a few, many and known addresses."""
    with data_folder() as folder:
        source = _gazetteer_source(options.data, folder)
        installed = run(folder, "gazetteer", "install", source)
        rows = sum(1 for _ in source.open(encoding="utf-8")) - 1
        yield Figure(f"gazetteer of {rows:,} towns installed", f"{installed.seconds:.1f} s")
        yield from _speed(folder, _addresses(source))
        for truth in _truths(options.data):
            yield from _accuracy(folder, truth)


def _speed(folder: Path, addresses: list[str]) -> Iterator[Figure]:
    command = median(run(folder, "locate", "--offline", addresses[i]).seconds for i in range(5))
    first = median(_first_answer_s(folder, addresses[i]) for i in range(5))
    yield at_most("first single answer after start", first * 1000, 100, "ms", compared_to=f"the whole command {command * 1000:.0f} ms")
    small, large = (_locate(folder, _write_list(folder / f"list-{n}.csv", addresses, n)) for n in (FEW, BULK))
    rate = (BULK - FEW) / (large.seconds - small.seconds)
    yield at_least("in bulk, after warm-up", rate, 10_000, "addresses/s")
    yield at_most(f"memory while locating {BULK:,}", large.memory_mb, 200, "MB")


def _first_answer_s(folder: Path, address: str) -> float:
    """Return how long a fresh process, its modules loaded, takes from opening the gazetteer to its first answer."""
    done = subprocess.run([sys.executable, "-c", FIRST_ANSWER, str(folder / "gazetteer.sqlite3"), address], capture_output=True, check=True)
    return float(done.stdout)


def _locate(folder: Path, path: Path) -> Run:
    return run(folder, "locate", "--offline", "--file", path, "--column", "address", "--out", folder / "out.csv")


def _accuracy(folder: Path, truth: Path) -> Iterator[Figure]:
    _locate(folder, truth)
    errors, covered, rows = [], 0, 0
    with truth.open(encoding="utf-8-sig", newline="") as expected, (folder / "out.csv").open(encoding="utf-8-sig", newline="") as answers:
        header, *found = csv.reader(answers)
        last = {name: position for position, name in enumerate(header)}  # the answer's own lat and lon stand behind the list's
        for known, row in zip(csv.DictReader(expected), found, strict=True):
            rows += 1
            if row[last["lat"]] and Level(row[last["level"]]).is_town and known["lat"]:
                error = _metres(float(known["lat"]), float(known["lon"]), float(row[last["lat"]]), float(row[last["lon"]]))
                errors.append(error)
                covered += error <= float(row[last["precision_m"]])
    yield at_least(f"{truth.stem}: at town level", 100 * len(errors) / rows, 98.5, "%", digits=1)
    yield Figure(f"{truth.stem}: median error", f"{median(errors):,.0f} m", compared_to=f"p90 {percentile(errors, 0.9):,.0f} m")
    yield at_most(f"{truth.stem}: farther than 20 km", sum(error > 20_000 for error in errors), 0, "rows")
    yield at_least(f"{truth.stem}: precision_m holds the truth", 100 * covered / len(errors), 90, "%", digits=1)


def _gazetteer_source(data: Path | None, folder: Path) -> Path:
    """Return the data folder's gazetteer, unpacked, or an invented one of the same shape."""
    given = sorted(data.glob("*addresses*.csv*")) if data else []
    source = folder / "towns.csv"
    if given:
        with lzma.open(given[0]) if given[0].suffix == ".xz" else given[0].open("rb") as packed, source.open("wb") as plain:
            shutil.copyfileobj(packed, plain)
        return source
    chance = random.Random(20261121)
    with source.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["pref", "city", "town", "koaza", "lat", "lng"])
        for (pref, city), (lat, lon) in municipality_points().items():
            for town in _invented_towns(chance):
                near = (lat + chance.uniform(-0.05, 0.05), lon + chance.uniform(-0.05, 0.05))
                writer.writerow([pref, city, town, "", f"{near[0]:.6f}", f"{near[1]:.6f}"])
    return source


def _invented_towns(chance: random.Random) -> Iterator[str]:
    heads, tails = "東西南北上中下大小新本元栄緑桜松竹梅", "町山川田原野浜島沢崎"
    names = {chance.choice(heads) + chance.choice(heads) + chance.choice(tails) for _ in range(TOWNS_EACH // 2)}
    for name in sorted(names):
        yield from (f"{name}{number}丁目" for number in "一二三")


def _addresses(source: Path) -> list[str]:
    """Return addresses as customers write them, one for each town of the gazetteer, in no order."""
    chance = random.Random(1)
    with source.open(encoding="utf-8", newline="") as file:
        towns = [row["pref"] + row["city"] + row["town"] for row in csv.DictReader(file) if row["lat"]]
    chance.shuffle(towns)
    return [f"{town}{chance.randint(1, 30)}-{chance.randint(1, 20)} 第{chance.randint(1, 9)}ビル" for town in towns]


def _write_list(path: Path, addresses: list[str], count: int) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["address"])
        writer.writerows([addresses[i % len(addresses)]] for i in range(count))
    return path


def _truths(data: Path | None) -> list[Path]:
    lists = sorted(data.glob("*.csv")) if data else []
    return [path for path in lists if {"address", "lat", "lon"} <= set(path.open(encoding="utf-8-sig").readline().strip().split(","))]


def _metres(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Return the great-circle distance."""
    north1, north2 = math.radians(lat1), math.radians(lat2)
    half = math.sin((north2 - north1) / 2) ** 2 + math.cos(north1) * math.cos(north2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return EARTH_DIAMETER_M * math.asin(math.sqrt(half))
