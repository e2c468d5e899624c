"""The chain: local first, services only when chosen, believed only where they agree, and never mistaken for "not found"."""

from __future__ import annotations

import json
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fieldsales.adapters.geocoding import gsi, remote
from fieldsales.adapters.geocoding.cache import AnswerCache
from fieldsales.adapters.geocoding.chain import GeocoderChain, build_chain
from fieldsales.adapters.geocoding.errors import GeocodingServiceUnusable
from fieldsales.adapters.geocoding.geopy_service import is_public_nominatim, named_service, nominatim
from fieldsales.adapters.geocoding.remote import Failure, HostPace, RemoteAnswer, ServiceFailed
from fieldsales.domain.places import AddressQuery, Level, LocateReason, LocateStatus, Place

from .conftest import write_postal_codes, write_towns
from .servers import Answer, Asked, Server, serving

AGENT = "FieldSales tests"


@pytest.fixture(autouse=True)
def fresh_paces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "_PACES", {})


@pytest.fixture
def path(tmp_path: Path, installed_with_codes: Path) -> Path:
    copy = tmp_path / "gazetteer.sqlite3"
    copy.write_bytes(installed_with_codes.read_bytes())
    return copy


def chain(path: Path, *names: str, url: str = "", offline: bool = False) -> GeocoderChain:
    return build_chain(names, gazetteer_path=path, nominatim_url=url, user_agent=AGENT, offline=offline)


def test_by_default_the_postal_code_helps_out_where_the_town_is_unknown(path: Path) -> None:
    place = chain(path, "gazetteer", "postal").locate(AddressQuery("香川県高松市無名町1-1", "760-0017"))
    assert (place.level, place.provider, place.status, place.reason) == (
        Level.POSTAL,
        "postal",
        LocateStatus.APPROXIMATE,
        LocateReason.POSTAL_CODE_ONLY,
    )
    assert (place.lat, place.lon) == (34.342, 134.043)
    assert place.precision_m


def test_a_postal_code_alone_is_a_place(path: Path) -> None:
    for query in (AddressQuery("", "760-0017"), AddressQuery("〒760-0017"), AddressQuery("不明", "7600017")):
        assert chain(path, "gazetteer", "postal").locate(query).level is Level.POSTAL


def test_a_postal_code_of_another_municipality_is_not_believed(path: Path) -> None:
    place = chain(path, "gazetteer", "postal").locate(AddressQuery("香川県高松市無名町1-1", "052-0021"))
    assert (place.level, place.reason) == (Level.CITY, LocateReason.POSTAL_CODE_DISAGREES)


def test_a_postal_code_never_overrides_a_town(path: Path) -> None:
    assert chain(path, "gazetteer", "postal").locate(AddressQuery("高松市新田町1", "760-0017")).provider == "gazetteer"


def test_a_foreign_address_with_a_postal_code_stays_abroad(path: Path) -> None:
    assert not chain(path, "gazetteer", "postal").locate(AddressQuery("12 Rue de Rivoli, Paris", "7600017")).found


def test_offline_keeps_only_what_is_local(path: Path) -> None:
    links = chain(path, "cache", "gazetteer", "gsi", "nominatim", "geopy:photon", "postal", offline=True).links
    assert [link.name for link in links] == ["gazetteer", "postal"]


def test_an_unknown_or_misconfigured_geocoder_is_refused_by_name(path: Path) -> None:
    for names in (["gogle"], ["geopy:gogle"], ["geopy:opencage"]):
        with pytest.raises(GeocodingServiceUnusable, match=names[0].removeprefix("geopy:")):
            chain(path, *names)
    with pytest.raises(GeocodingServiceUnusable):
        chain(path, "nominatim", url="ftp://example.org")


def test_a_geopy_service_takes_its_key_by_whatever_name_it_has() -> None:
    keys = {"opencage": "k", "herev7": "k", "azure": "k", "geonames": "k", "liveaddress": "auth_id=a,auth_token=b", "photon": ""}
    for name, key in keys.items():
        assert named_service(name, key, AGENT).name == name


def test_the_version_tells_which_geocoders_are_chosen(path: Path) -> None:
    assert chain(path, "gazetteer").version != chain(path, "gazetteer", "postal").version


def test_many_addresses_keep_their_order(path: Path) -> None:
    places = chain(path, "gazetteer").locate_many(AddressQuery(text) for text in ("高松市新田町1", "", "高松市番町1-1"))
    assert [place.level for place in places] == [Level.OAZA, Level.NONE, Level.CHOME]


def place_of_nominatim(lat: float, lon: float, name: str, country: str, size: float = 0.001) -> bytes:
    box = [str(lat - size), str(lat + size), str(lon - size), str(lon + size)]
    return json.dumps(
        [{"lat": str(lat), "lon": str(lon), "display_name": name, "boundingbox": box, "address": {"country_code": country}}]
    ).encode()


@pytest.fixture
def abroad() -> Iterator[Server]:
    with serving(lambda _: Answer(place_of_nominatim(48.8556, 2.3600, "12, Rue de Rivoli, Paris, France", "fr"))) as server:
        yield server


def test_an_address_abroad_is_asked_for_once_and_then_remembered(path: Path, abroad: Server) -> None:
    for _ in range(2):
        place = chain(path, "gazetteer", "postal", "nominatim", url=abroad.url).locate(AddressQuery("12 Rue de Rivoli, Paris"))
        assert (place.lat, place.provider, place.status) == (48.8556, "nominatim", LocateStatus.OK)
        assert place.level is Level.BLOCK
    assert len(abroad.asked) == 1
    assert abroad.asked[0].headers["User-Agent"] == AGENT


def test_japanese_addresses_that_are_found_and_garbage_are_not_sent_anywhere(path: Path, abroad: Server) -> None:
    asking = chain(path, "gazetteer", "postal", "nominatim", url=abroad.url)
    for text in ("高松市番町1-1", "府中市宮西町1", "", "asdf", "不明"):
        asking.locate(AddressQuery(text))
    assert abroad.asked == []


def test_a_service_cannot_put_romaji_or_garbage_into_japan(path: Path) -> None:
    for country in ("jp", ""):
        with serving(lambda _, c=country: Answer(place_of_nominatim(34.34, 134.04, "Takamatsu", c))) as server:
            place = chain(path, "gazetteer", "nominatim", url=server.url).locate(AddressQuery(f"1 Bancho, Takamatsu {country}"))
        assert place.status is LocateStatus.FAILED


def test_nought_nought_is_no_place(path: Path) -> None:
    with serving(lambda _: Answer(place_of_nominatim(0.0, 0.0, "Null Island", "xx"))) as server:
        place = chain(path, "gazetteer", "nominatim", url=server.url).locate(AddressQuery("12 Rue de Rivoli, Paris"))
    assert place.lat is None


@pytest.mark.parametrize(
    "answer",
    [Answer(status=429, headers={"Retry-After": "7"}), Answer(status=403), Answer(status=503), Answer(status=500), Answer(b"<html>")],
)
def test_a_busy_or_broken_service_means_later_never_not_found(path: Path, answer: Answer) -> None:
    with serving(lambda _: answer) as server:
        asking = chain(path, "gazetteer", "nominatim", url=server.url)
        place = asking.locate(AddressQuery("12 Rue de Rivoli, Paris"))
        assert (place.status, place.reason) == (LocateStatus.RETRY_LATER, LocateReason.SERVICE_BUSY)
        again = asking.locate(AddressQuery("13 Rue de Rivoli, Paris"))
        assert again.status is LocateStatus.RETRY_LATER
        assert len(server.asked) == 1, "a busy service is left alone for a while"


def test_a_wrong_key_is_the_admins_to_fix_and_no_not_found(path: Path) -> None:
    with serving(lambda _: Answer(status=401)) as server:
        place = chain(path, "gazetteer", "nominatim", url=server.url).locate(AddressQuery("12 Rue de Rivoli, Paris"))
    assert (place.status, place.reason) == (LocateStatus.RETRY_LATER, LocateReason.SERVICE_REFUSED)


def test_what_a_service_does_not_know_is_not_found_and_not_asked_again(path: Path) -> None:
    with serving(lambda _: Answer(b"[]")) as server:
        for _ in range(2):
            place = chain(path, "gazetteer", "nominatim", url=server.url).locate(AddressQuery("12 Rue de Nulle Part, Paris"))
            assert (place.status, place.reason) == (LocateStatus.FAILED, LocateReason.OUTSIDE_JAPAN)
    assert len(server.asked) == 1


def test_an_own_server_helps_with_unknown_towns_within_their_city(path: Path) -> None:
    answers = {
        "無名町": (34.34, 134.05, "高松市無名町"),
        "遠方町": (35.9, 134.05, "高松市遠方町"),
        "他所町": (34.34, 134.05, "丸亀市他所町"),
    }

    def answer(asked: Asked) -> Answer:
        text = urllib.parse.unquote_plus(asked.path)
        lat, lon, name = next(values for town, values in answers.items() if town in text)
        return Answer(place_of_nominatim(lat, lon, name, "jp"))

    with serving(answer) as server:
        asking = chain(path, "gazetteer", "nominatim", url=server.url)
        found = {town: asking.locate(AddressQuery(f"香川県高松市{town}1-1")).provider for town in answers}
    assert found == {"無名町": "nominatim", "遠方町": "gazetteer", "他所町": "gazetteer"}


def test_the_public_server_is_recognised_and_gets_a_second_between_calls() -> None:
    assert is_public_nominatim("")
    assert is_public_nominatim("https://nominatim.openstreetmap.org/")
    assert not is_public_nominatim("https://nominatim.example.org")
    assert nominatim("", AGENT).seconds_between_calls == 1.0
    assert nominatim("https://nominatim.example.org/x", AGENT).seconds_between_calls == 0


@pytest.fixture
def ask_gsi(path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Answer], Place]:
    def ask(text: str, answer: Answer) -> Place:
        with serving(lambda _: answer) as server:
            monkeypatch.setattr(gsi.GsiService.__init__, "__defaults__", (server.url,))
            return chain(path, "gazetteer", "gsi").locate(AddressQuery(text))

    return ask


def gsi_answer(lat: float, lon: float, title: str) -> Answer:
    geometry = {"coordinates": [lon, lat], "type": "Point"}
    feature = {"geometry": geometry, "type": "Feature", "properties": {"addressCode": "", "title": title}}
    return Answer(json.dumps([feature]).encode())


def test_the_address_search_of_gsi_refines_a_town(ask_gsi: Callable[[str, Answer], Place]) -> None:
    place = ask_gsi("高松市番町1-8-15", gsi_answer(34.3412, 134.0452, "香川県高松市番町一丁目８番１５号"))
    assert (place.lat, place.level, place.provider, place.status) == (34.3412, Level.BLOCK, "gsi", LocateStatus.OK)


@pytest.mark.parametrize(
    "answer",
    [
        gsi_answer(35.0, 135.0, "香川県高松市番町一丁目８番"),
        gsi_answer(34.3412, 134.0452, "香川県丸亀市番町一丁目８番"),
        gsi_answer(34.3412, 134.0452, "番町"),
        gsi_answer(0.0, 0.0, "香川県高松市番町一丁目８番"),
        Answer(b"[]"),
        Answer(status=429),
        Answer(b"<html>"),
    ],
)
def test_an_answer_that_does_not_agree_leaves_the_local_place(ask_gsi: Callable[[str, Answer], Place], answer: Answer) -> None:
    place = ask_gsi("高松市番町1-8-15", answer)
    assert (place.provider, place.level, place.status) == ("gazetteer", Level.CHOME, LocateStatus.OK)


def test_a_half_found_place_says_that_the_service_was_busy(ask_gsi: Callable[[str, Answer], Place]) -> None:
    place = ask_gsi("高松市無名町1-1", Answer(status=429))
    assert (place.level, place.status, place.reason) == (Level.CITY, LocateStatus.APPROXIMATE, LocateReason.SERVICE_BUSY)


def test_calls_to_one_host_keep_their_distance() -> None:
    now, waited = [100.0], []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        now[0] += seconds

    pace = HostPace(lambda: now[0], sleep)
    for _ in range(3):
        pace.wait_turn(1.0)
    assert waited == [1.0, 1.0]
    pace.close(30)
    assert pace.closed
    now[0] += 31
    assert not pace.closed


def test_all_geocoders_of_the_process_share_the_pace_of_a_host() -> None:
    assert remote.pace_of("example.org") is remote.pace_of("example.org")
    assert remote.pace_of("example.org") is not remote.pace_of("example.com")


def test_a_cached_answer_expires(tmp_path: Path) -> None:
    now = [time.time()]
    cache = AnswerCache(tmp_path / "cache.sqlite3", lambda: now[0])
    answer = RemoteAnswer(1.0, 2.0, "x", Level.POINT, 30.0, "fr")
    cache.put("nominatim", "x", answer)
    assert cache.get("nominatim", "x") == (True, answer)
    assert cache.get("gsi", "x") == (False, None)
    now[0] += 200 * 24 * 3600
    assert cache.get("nominatim", "x") == (False, None)
    cache.close()


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path / "no" / "such" / "folder.sqlite3")
    cache.put("nominatim", "x", None)
    assert cache.get("nominatim", "x") == (False, None)


def test_a_bad_query_is_not_found_rather_than_tried_for_ever(path: Path) -> None:
    best = Place.nowhere(LocateStatus.FAILED, LocateReason.OUTSIDE_JAPAN)
    assert remote.unanswered(best, Failure.BAD_QUERY, "nominatim") is best
    assert ServiceFailed(Failure.WAIT, 3).retry_after_s == 3


def test_installing_does_not_matter_to_a_chain_that_is_open(tmp_path: Path) -> None:
    asking = chain(tmp_path / "gazetteer.sqlite3", "gazetteer", "postal")
    assert asking.locate(AddressQuery("香川県高松市番町1-1")).level is Level.CITY
    from fieldsales.adapters.geocoding.gazetteer import install

    install(tmp_path / "gazetteer.sqlite3", [write_towns(tmp_path / "t.csv"), write_postal_codes(tmp_path / "p.csv")])
    assert asking.locate(AddressQuery("香川県高松市番町1-1")).level is Level.CHOME
