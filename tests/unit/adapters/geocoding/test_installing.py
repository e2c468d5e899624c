"""Installing a gazetteer: every format, merged, all or nothing."""

from __future__ import annotations

import lzma
import threading
import zipfile
from pathlib import Path

import pytest

from fieldsales.adapters.geocoding import installation
from fieldsales.adapters.geocoding.errors import (
    DamagedGazetteer,
    DownloadFailed,
    NoUsableRows,
    SourceTooLarge,
    UnknownGazetteerFormat,
    UnreadableSource,
)
from fieldsales.adapters.geocoding.gazetteer import Gazetteer, InstallProgress, install
from fieldsales.domain.places import AddressQuery, Level, LocateReason, LocateStatus

from .conftest import Asking, write_csv, write_postal_codes, write_towns
from .servers import Answer, Asked, serving

GEOLONIA = [
    "都道府県コード",
    "都道府県名",
    "都道府県名カナ",
    "都道府県名ローマ字",
    "市区町村コード",
    "市区町村名",
    "市区町村名カナ",
    "市区町村名ローマ字",
    "大字町丁目名",
    "大字町丁目名カナ",
    "大字町丁目名ローマ字",
    "小字・通称名",
    "緯度",
    "経度",
]
MLIT_TOWNS = [
    "都道府県コード",
    "都道府県名",
    "市区町村コード",
    "市区町村名",
    "大字町丁目コード",
    "大字町丁目名",
    "緯度",
    "経度",
    "原典資料コード",
    "大字・字・丁目区分コード",
]
MLIT_BLOCKS = [
    "都道府県名",
    "市区町村名",
    "大字・丁目名",
    "小字・通称名",
    "街区符号・地番",
    "座標系番号",
    "Ｘ座標",
    "Ｙ座標",
    "緯度",
    "経度",
    "住居表示フラグ",
    "代表フラグ",
    "更新前履歴フラグ",
    "更新後履歴フラグ",
]


def block(town: str, number: str, lat: float, lon: float, *, main: str = "1", after: str = "0") -> list[object]:
    return ["香川県", "高松市", town, "", number, "4", "0", "0", lat, lon, "1", main, "0", after]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "gazetteer.sqlite3"


def test_nothing_is_read_or_created_before_the_first_question(path: Path) -> None:
    gazetteer = Gazetteer(path)
    assert not gazetteer.installed
    assert not gazetteer.status().installed
    assert not path.parent.exists()


def test_the_compact_format_is_installed_plain_and_packed(path: Path, tmp_path: Path) -> None:
    plain = write_towns(tmp_path / "towns.csv")
    packed = tmp_path / "towns.csv.xz"
    packed.write_bytes(lzma.compress(plain.read_bytes()))
    status = install(path, [packed])
    assert (status.installed, status.towns, status.finest) == (True, 51, Level.CHOME)
    assert [(source.kind, source.rows) for source in status.sources] == [("compact", 51)]
    assert Asking(path)("高松市番町1-2").level is Level.CHOME


def test_the_published_geolonia_format_is_installed(path: Path, tmp_path: Path) -> None:
    row = [
        "37",
        "香川県",
        "カガワケン",
        "KAGAWA KEN",
        "37201",
        "高松市",
        "タカマツシ",
        "TAKAMATSU SHI",
        "番町一丁目",
        "",
        "",
        "",
        34.341,
        134.045,
    ]
    status = install(path, [write_csv(tmp_path / "latest.csv", GEOLONIA, [row], encoding="utf-8-sig")])
    assert status.sources[0].kind == "geolonia"
    assert Asking(path)("高松市番町1-2").matched == "香川県高松市番町一丁目"


def test_a_government_zip_of_towns_is_installed(path: Path, tmp_path: Path) -> None:
    table = write_csv(
        tmp_path / "37_2023.csv", MLIT_TOWNS, [["37", "香川県", "37201", "高松市", "1", "番町一丁目", 34.341, 134.045, "0", "3"]], "cp932"
    )
    with zipfile.ZipFile(tmp_path / "37000-17.0b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(table, "37000-17.0b/37_2023.csv")
        archive.writestr("37000-17.0b/META.xml", "<x/>")
    assert install(path, [tmp_path / "37000-17.0b.zip"]).sources[0].kind == "mlit_towns"
    assert Asking(path)("高松市番町1-2").matched == "香川県高松市番町一丁目"


def test_a_government_zip_of_blocks_refines_a_town(path: Path, tmp_path: Path) -> None:
    rows = [
        block("番町一丁目", "8", 34.3405, 134.0455),
        block("番町一丁目", "9", 34.3407, 134.0457),
        block("番町一丁目", "9", 34.9, 134.9, main="0"),
        block("番町一丁目", "10", 34.9, 134.9, after="3"),
        block("新田町", "乙9", 34.33, 134.1),
    ]
    table = write_csv(tmp_path / "37_2023.csv", MLIT_BLOCKS, rows, "cp932")
    with zipfile.ZipFile(tmp_path / "37000-22.0a.zip", "w") as archive:
        archive.write(table, "37_2023.csv")
    status = install(path, [write_towns(tmp_path / "towns.csv"), tmp_path / "37000-22.0a.zip"])
    assert (status.finest, status.blocks) == (Level.BLOCK, 2)
    place = Asking(path)("高松市番町1-8-15")
    assert (place.level, place.lat, place.lon, place.rest) == (Level.BLOCK, 34.3405, 134.0455, "15")
    assert place.precision_m is not None
    assert place.precision_m <= 1_000
    assert Asking(path)("高松市番町一丁目9番2号").lat == 34.3407
    assert Asking(path)("高松市番町1-10").level is Level.CHOME


def test_a_second_source_is_added_and_the_newer_point_wins(path: Path, tmp_path: Path) -> None:
    install(path, [write_towns(tmp_path / "old.csv")])
    before = Gazetteer(path).version
    row = ("香川県", "高松市", "番町一丁目", "", 34.5, 134.5)
    status = install(path, [write_towns(tmp_path / "new.csv", [row, ("香川県", "高松市", "新町", "", 34.4, 134.4)])])
    assert status.towns == 52
    assert len(status.sources) == 2
    assert Asking(path)("高松市番町1-2").lat == 34.5
    assert Asking(path)("高松市番町2-2").lat == 34.342
    assert Asking(path)("高松市新町3").level is Level.OAZA
    assert Gazetteer(path).version != before


def test_a_newer_source_without_a_point_does_not_take_one_away(path: Path, tmp_path: Path) -> None:
    install(
        path, [write_towns(tmp_path / "old.csv"), write_towns(tmp_path / "new.csv", [("香川県", "高松市", "番町一丁目", "", None, None)])]
    )
    assert Asking(path)("高松市番町1-2").lat == 34.341


def test_the_same_source_twice_changes_nothing_but_the_version(path: Path, tmp_path: Path) -> None:
    source = write_towns(tmp_path / "towns.csv")
    first, second = install(path, [source]), install(path, [source])
    assert (second.towns, len(second.sources)) == (first.towns, 1)


def test_an_open_gazetteer_notices_a_new_installation(path: Path, tmp_path: Path) -> None:
    gazetteer = Gazetteer(path)
    query = AddressQuery("香川県高松市番町1-2")
    place = gazetteer.locate(query)
    assert (place.level, place.reason, place.provider) == (Level.CITY, LocateReason.GAZETTEER_MISSING, "municipalities")
    before = gazetteer.version
    install(path, [write_towns(tmp_path / "towns.csv")])
    assert gazetteer.version != before
    assert gazetteer.locate(query).level is Level.CHOME


def test_postal_codes_are_a_source_of_their_own(path: Path, tmp_path: Path) -> None:
    assert install(path, [write_postal_codes(tmp_path / "codes.csv")]).postal_codes == 7


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", UnknownGazetteerFormat),
        (b"a,b,c\n1,2,3\n", UnknownGazetteerFormat),
        (b"\x00\xff\xfe" * 100, UnknownGazetteerFormat),
        (b"pref,city,town,koaza,lat,lng\n", NoUsableRows),
        (b"pref,city,town,koaza,lat,lng\nParis,x,y,,48,2\n", NoUsableRows),
        (b"PK\x03\x04broken", UnreadableSource),
        (b"\xfd7zXZ\x00broken", UnreadableSource),
        (lzma.compress(b"pref,city,town,koaza,lat,lng\n" * 1000)[:-20], UnreadableSource),
        (b"\x1f\x8bbroken", UnreadableSource),
        (b"pref," + b"x" * 200_000, SourceTooLarge),
    ],
)
def test_a_file_that_is_no_gazetteer_changes_nothing(path: Path, tmp_path: Path, content: bytes, error: type[Exception]) -> None:
    install(path, [write_towns(tmp_path / "towns.csv")])
    before = path.read_bytes()
    (tmp_path / "bad").write_bytes(content)
    with pytest.raises(error, match="bad"):
        install(path, [write_towns(tmp_path / "more.csv", [("香川県", "高松市", "新町", "", 34.4, 134.4)]), tmp_path / "bad"])
    assert path.read_bytes() == before
    assert sorted(file.name for file in path.parent.iterdir()) == ["gazetteer.sqlite3", "gazetteer.sqlite3.lock"]


def test_a_missing_file_and_an_empty_zip_are_named(path: Path, tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match=r"nothing\.csv"):
        install(path, [tmp_path / "nothing.csv"])
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as archive:
        archive.writestr("readme.txt", "")
    with pytest.raises(UnknownGazetteerFormat, match=r"empty\.zip"):
        install(path, [tmp_path / "empty.zip"])


def test_coordinates_outside_japan_count_as_none(path: Path, tmp_path: Path) -> None:
    rows = [
        ("香川県", "高松市", "新町", "", 0, 0),
        ("香川県", "高松市", "古町", "", 134.0, 34.0),
        ("香川県", "高松市", "田町", "", 34.3, 134.0),
    ]
    install(path, [write_towns(tmp_path / "towns.csv", rows)])
    place = Asking(path)("高松市新町1")
    assert (place.level, place.lat) == (Level.CITY, 34.3)


def test_an_interrupted_installation_leaves_the_old_one(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(path, [write_towns(tmp_path / "towns.csv")])

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(installation, "build_indexes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        install(path, [write_towns(tmp_path / "more.csv", [("香川県", "高松市", "新町", "", 34.4, 134.4)])])
    assert Gazetteer(path).status().towns == 51
    assert not list(path.parent.glob("*.building"))


def test_what_a_killed_installation_left_is_removed_a_day_later(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.parent.mkdir()
    leftover = path.parent / "gazetteer.sqlite3.abc.building"
    leftover.write_bytes(b"")
    source = write_towns(tmp_path / "towns.csv")
    install(path, [source])
    assert leftover.exists(), "another process may be building it"
    later = leftover.stat().st_mtime + 2 * 24 * 3600
    monkeypatch.setattr("fieldsales.adapters.geocoding.installation.time.time", lambda: later)
    install(path, [source])
    assert not leftover.exists()


def test_two_installations_at_once_both_count(path: Path, tmp_path: Path) -> None:
    one = write_towns(tmp_path / "one.csv", [("香川県", "高松市", "新町", "", 34.4, 134.4)])
    other = write_towns(tmp_path / "other.csv", [("香川県", "高松市", "古町", "", 34.3, 134.3)])
    threads = [threading.Thread(target=install, args=(path, [source])) for source in (one, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Gazetteer(path).status().towns == 2


def test_progress_is_told_from_beginning_to_end(path: Path, tmp_path: Path) -> None:
    told: list[InstallProgress] = []
    install(path, [write_towns(tmp_path / "towns.csv")], progress=told.append)
    assert told[0].stage == "read"
    assert told[-1].stage == "done"
    assert any(report.stage == "index" and report.done == report.total for report in told)


def test_a_damaged_gazetteer_says_so_and_locates_by_municipality(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(DamagedGazetteer):
        Gazetteer(path).status()
    with pytest.raises(DamagedGazetteer):
        install(path, [write_towns(tmp_path / "towns.csv")])
    place = Gazetteer(path).locate(AddressQuery("香川県高松市番町1-2"))
    assert (place.level, place.status) == (Level.CITY, LocateStatus.APPROXIMATE)


def test_a_gazetteer_is_asked_by_several_threads_at_once(path: Path, tmp_path: Path) -> None:
    install(path, [write_towns(tmp_path / "towns.csv")])
    gazetteer = Gazetteer(path)
    queries = [AddressQuery(address) for address in ("高松市番町1-2", "札幌市北3西1", "長野市鶴賀上千歳町1")] * 50
    found: list[list[str]] = []
    threads = [threading.Thread(target=lambda: found.append([place.matched for place in gazetteer.locate_many(queries)])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(answer == found[0] for answer in found)


def test_a_url_is_downloaded_and_a_broken_download_is_continued(path: Path, tmp_path: Path) -> None:
    body = write_towns(tmp_path / "towns.csv").read_bytes()

    def answer(asked: Asked) -> Answer:
        headers = {"ETag": '"v1"', "Accept-Ranges": "bytes"}
        wanted = asked.headers.get("Range", "")
        if not wanted:
            return Answer(body, headers=headers, cut_after=300)
        start = int(wanted.removeprefix("bytes=").rstrip("-"))
        return Answer(body[start:], 206, headers | {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"})

    with serving(answer) as server:
        with pytest.raises(DownloadFailed):
            install(path, [f"{server.url}/latest.csv"])
        assert not path.exists()
        told: list[InstallProgress] = []
        status = install(path, [f"{server.url}/latest.csv"], progress=told.append)
    assert status.towns == 51
    assert server.asked[1].headers["Range"] == "bytes=300-"
    assert server.asked[1].headers["If-Range"] == '"v1"'
    assert told[0] == InstallProgress("download", f"{server.url}/latest.csv", len(body), len(body))


def test_a_file_that_changed_meanwhile_is_downloaded_from_the_start(path: Path, tmp_path: Path) -> None:
    body = write_towns(tmp_path / "towns.csv").read_bytes()
    answers = iter([Answer(b"x" * 5000, headers={"ETag": '"v1"'}, cut_after=300), Answer(body, headers={"ETag": '"v2"'})])
    with serving(lambda _: next(answers)) as server:
        with pytest.raises(DownloadFailed):
            install(path, [f"{server.url}/latest.csv"])
        assert install(path, [f"{server.url}/latest.csv"]).towns == 51


def test_a_part_that_the_server_no_longer_has_is_thrown_away(path: Path, tmp_path: Path) -> None:
    body = write_towns(tmp_path / "towns.csv").read_bytes()
    answers = iter([Answer(b"x" * 90_000, headers={"ETag": '"v1"'}, cut_after=80_000), Answer(status=416), Answer(body)])
    with serving(lambda _: next(answers)) as server:
        with pytest.raises(DownloadFailed):
            install(path, [f"{server.url}/latest.csv"])
        assert install(path, [f"{server.url}/latest.csv"]).towns == 51


@pytest.mark.parametrize("status", [404, 403, 429, 500])
def test_a_refused_download_says_why(path: Path, status: int) -> None:
    with serving(lambda _: Answer(status=status)) as server, pytest.raises(DownloadFailed, match=f"HTTP {status}"):
        install(path, [f"{server.url}/latest.csv"])
    assert not path.exists()


def test_no_network_is_one_clear_error(path: Path) -> None:
    with pytest.raises(DownloadFailed):
        install(path, ["http://127.0.0.1:9/latest.csv"])
