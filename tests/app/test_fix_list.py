"""The fix list as a screen: counts, reasons, placing a pin, correcting an address, taking it back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from streamlit.testing.v1 import AppTest

from fieldsales.bootstrap import Runtime
from fieldsales.db.models import Customer, User
from fieldsales.domain.places import LocateReason, LocateStatus
from fieldsales.services.customers import customer_input, customers
from fieldsales.services.pins import fix_list, locating
from fieldsales.services.pins.fix_list import Problem
from fieldsales.ui.map.map_view import TappedMap
from fieldsales.ui.pins import problem_view, problem_words
from tests.fakes import FakeGeocoder, place_at

OpenApp = Callable[..., AppTest]
MakeCustomer = Callable[..., Customer]
ROUGH = {"lat": 34.34, "lon": 134.04, "precision_m": 4_200.0, "locate_status": LocateStatus.APPROXIMATE}
EVIL = "<script>alert(1)</script> **x** :smile: \"' مرحبا"


def words_of(app: AppTest) -> str:
    shown = [*app.markdown, *app.caption, *app.info, *app.warning, *app.success, *app.error, *app.title]
    return "\n".join(element.value for element in shown).replace("\\", "").replace("\u2060", "")  # markdown's escapes are not seen


def counts_of(app: AppTest) -> dict[str, str]:
    drawn = "".join(element.proto.body for element in app.get("html"))
    return dict(re.findall(r"<span>([^<]*)</span> <b>([^<]*)</b>", drawn))


def rows_of(app: AppTest) -> list[str]:
    return [button.label for button in app.button if (button.key or "").startswith("row_fix_")]


def problem_of(runtime: Runtime, actor: User, customer: Customer) -> Problem:
    with runtime.database.read() as session:
        return fix_list.find_problem(session, actor, customer_id=customer.id)


@pytest.fixture
def tap(monkeypatch: pytest.MonkeyPatch) -> Callable[[float, float], None]:
    """Return a function that makes the map report one tap; without it the map is never touched."""
    taps: list[TappedMap] = []
    monkeypatch.setattr(problem_view, "draw_map", lambda *args, **options: taps.pop() if taps else TappedMap())
    return lambda lat, lon: taps.append(TappedMap(place=(lat, lon)))


def test_the_list_shows_reasons_and_numbers_that_reconcile(open_app: OpenApp, make_customer: MakeCustomer, aiko: User, botan: User) -> None:
    make_customer("良い客", owner=aiko, lat=34.0, lon=134.0, locate_status=LocateStatus.OK)
    make_customer("粗い客", owner=aiko, address="高松市どこか", locate_reason=LocateReason.UNKNOWN_TOWN, **ROUGH)
    make_customer("迷子", owner=aiko, locate_status=LocateStatus.FAILED, locate_reason=LocateReason.NO_ADDRESS)
    make_customer("よその客", owner=botan, locate_status=LocateStatus.FAILED)
    app = open_app(aiko, "fix_list")
    assert not app.exception
    assert counts_of(app) == {"Located": "1", "Approximate": "1", "No place": "1", "Looking up": "0"}
    assert "3 customers in all" in words_of(app)
    first, second = rows_of(app)
    assert "迷子" in first
    assert "No address" in first
    assert "粗い客" in second
    assert "Unknown town · within 4.2 km" in second
    app.pills(key="fix_reason").select("unknown_town").run()
    assert len(rows_of(app)) == 1
    assert app.query_params["reason"] == "unknown_town"


def test_a_long_list_can_be_searched_and_read_on(open_app: OpenApp, make_customer: MakeCustomer, aiko: User) -> None:
    for number in range(52):
        make_customer(f"迷子{number:02}", owner=aiko, locate_status=LocateStatus.FAILED, locate_reason=LocateReason.NO_ADDRESS)
    app = open_app(aiko, "fix_list")
    assert len(rows_of(app)) == 50
    app.button(key="fix_more").click().run()
    assert len(rows_of(app)) == 52
    app.text_input(key="fix_search").set_value("迷子07").run()
    assert len(rows_of(app)) == 1
    app.text_input(key="fix_search").set_value("誰も").run()
    assert "No customer matches." in words_of(app)
    assert not app.exception


def test_a_list_without_problems_says_so(open_app: OpenApp, make_customer: MakeCustomer, aiko: User) -> None:
    make_customer("良い客", owner=aiko, lat=34.0, lon=134.0, locate_status=LocateStatus.OK)
    assert "Every customer has a good pin." in words_of(open_app(aiko, "fix_list"))


def test_what_is_being_looked_up_shows_its_progress(open_app: OpenApp, make_customer: MakeCustomer, aiko: User, now: datetime) -> None:
    make_customer("待つ客", owner=aiko, address="高松市", locate_due_at=now)
    make_customer("良い客", owner=aiko, lat=34.0, lon=134.0, locate_status=LocateStatus.OK)
    app = open_app(aiko, "fix_list")
    assert not app.exception
    assert [bar.text for bar in app.get("progress")] == ["Looking up addresses: 1 of 2"]
    assert "Being looked up" in rows_of(app)[0]


def test_only_an_administrator_is_sent_to_install_the_address_data(open_app: OpenApp, aiko: User, dai: User) -> None:
    assert "which your administrator can install" in words_of(open_app(aiko, "fix_list"))
    app = open_app(dai, "fix_list")
    assert "Only municipalities are known." in words_of(app)
    assert "administrator" not in words_of(app)
    assert "Install the address data" in [link.proto.label for link in app.get("page_link")]


def test_an_installed_gazetteer_needs_no_note(open_app: OpenApp, runtime: Runtime, aiko: User) -> None:
    runtime.settings.gazetteer_path.write_bytes(b"anything")
    assert "municipalities" not in words_of(open_app(aiko, "fix_list"))


def test_a_tap_on_the_map_and_one_on_the_button_place_the_pin_and_undo_takes_it_back(
    open_app: OpenApp, make_customer: MakeCustomer, runtime: Runtime, aiko: User, tap: Callable[[float, float], None]
) -> None:
    customer = make_customer("粗い客", owner=aiko, address="高松市", locate_reason=LocateReason.UNKNOWN_TOWN, **ROUGH)
    app = open_app(aiko, "fix_list")
    app.button(key=f"row_fix_{customer.id}").click().run()
    assert "within 4.2 km" in words_of(app)
    assert app.button(key="place_here").disabled
    tap(34.35, 134.05)
    app.run()
    assert not app.button(key="place_here").disabled
    app.button(key="place_here").click().run()
    assert not app.exception
    placed = problem_of(runtime, aiko, customer)
    assert (placed.lat, placed.lon, placed.by_hand, placed.state) == (34.35, 134.05, True, locating.PinState.LOCATED)
    assert rows_of(app) == []
    assert "Placed: 粗い客" in words_of(app)
    app.button(key="undo_fix").click().run()
    assert not app.exception
    assert problem_of(runtime, aiko, customer).lat == 34.34
    assert len(rows_of(app)) == 1


def test_a_list_that_became_short_is_not_narrowed_by_a_search_that_nobody_sees(
    open_app: OpenApp, make_customer: MakeCustomer, aiko: User, tap: Callable[[float, float], None]
) -> None:
    lost = [make_customer(f"迷子{n:02}", owner=aiko, locate_status=LocateStatus.FAILED) for n in range(51)]
    app = open_app(aiko, "fix_list")
    app.text_input(key="fix_search").set_value("迷子07").run()
    app.button(key=f"row_fix_{lost[7].id}").click().run()
    tap(34.35, 134.05)
    app.run()
    app.button(key="place_here").click().run()
    assert not app.exception
    assert app.text_input(key="fix_search").value == "迷子07"
    app.text_input(key="fix_search").set_value("").run()
    assert len(rows_of(app)) == 50


def test_a_place_that_is_not_on_earth_is_refused_in_words(
    open_app: OpenApp, make_customer: MakeCustomer, runtime: Runtime, aiko: User, tap: Callable[[float, float], None]
) -> None:
    customer = make_customer("粗い客", owner=aiko, address="高松市", **ROUGH)
    app = open_app(aiko, "fix_list", customer=str(customer.id))
    tap(0.0, 0.0)
    app.run()
    app.button(key="place_here").click().run()
    assert "This is not a place on earth" in words_of(app)
    assert problem_of(runtime, aiko, customer).by_hand is False


def test_a_corrected_address_is_found_at_once(
    open_app: OpenApp,
    make_customer: MakeCustomer,
    runtime: Runtime,
    geocoder: FakeGeocoder,
    aiko: User,
    tap: Callable[[float, float], None],
) -> None:
    geocoder.places["高松市番町1"] = place_at(34.3425, 134.0463, precision_m=480)
    customer = make_customer(
        "迷子", owner=aiko, address="高松", locate_status=LocateStatus.FAILED, locate_reason=LocateReason.UNKNOWN_MUNICIPALITY
    )
    app = open_app(aiko, "fix_list", customer=str(customer.id))
    assert problem_words.SENTENCES["unknown_municipality"] in words_of(app)
    app.text_area(key="fix_address").set_value("高松市番町1")
    app.button(key="fix_lookup").click().run()
    assert not app.exception
    assert "Found: 番町一丁目, within 480 m" in words_of(app)
    assert "This customer has a good pin." in words_of(app)
    assert problem_of(runtime, aiko, customer).lat == 34.3425
    app.button(key="undo_fix").click().run()
    assert not app.exception
    assert problem_of(runtime, aiko, customer).address == "高松"
    assert app.text_area(key="fix_address").value == "高松"


def test_an_address_that_leads_nowhere_is_saved_and_says_so(
    open_app: OpenApp, make_customer: MakeCustomer, runtime: Runtime, aiko: User, tap: Callable[[float, float], None]
) -> None:
    customer = make_customer("迷子", owner=aiko, address="高松", locate_status=LocateStatus.FAILED)
    app = open_app(aiko, "fix_list", customer=str(customer.id))
    app.text_area(key="fix_address").set_value("どこか")
    app.button(key="fix_lookup").click().run()
    assert "Saved, but no place was found for it." in words_of(app)
    assert problem_of(runtime, aiko, customer).address == "どこか"
    app.button(key="fix_lookup").click().run()
    assert not app.exception
    assert [toast.value for toast in app.toast] == ["The address is the same as before\\."]


def test_the_second_of_two_who_correct_an_address_sees_what_the_first_one_wrote(
    open_app: OpenApp,
    make_customer: MakeCustomer,
    runtime: Runtime,
    geocoder: FakeGeocoder,
    aiko: User,
    now: datetime,
    tap: Callable[[float, float], None],
) -> None:
    customer = make_customer("迷子", owner=aiko, address="高松", locate_status=LocateStatus.FAILED)
    app = open_app(aiko, "fix_list", customer=str(customer.id))
    with runtime.database.write() as session:
        values = customer_input.CustomerInput(name="迷子", address="高松市番町2", owner_id=aiko.id)
        customers.update_customer(session, aiko, customer_id=customer.id, version=1, values=values, now=now)
    app.text_area(key="fix_address").set_value("高松市番町1")
    app.button(key="fix_lookup").click().run()
    assert not app.exception
    assert "changed this customer in the meantime" in words_of(app)
    assert "Stored now: 高松市番町2" in words_of(app)
    assert problem_of(runtime, aiko, customer).address == "高松市番町2"
    app.button(key="fix_lookup").click().run()
    assert problem_of(runtime, aiko, customer).address == "高松市番町1"


def test_somebody_elses_customer_does_not_exist(open_app: OpenApp, make_customer: MakeCustomer, aiko: User, botan: User) -> None:
    customer = make_customer("よその客", owner=botan, locate_status=LocateStatus.FAILED)
    app = open_app(aiko, "fix_list", customer=str(customer.id))
    assert "This customer does not exist, or you may not see it." in words_of(app)
    assert "よその客" not in words_of(app)


def test_a_hostile_name_is_shown_as_text(
    open_app: OpenApp, make_customer: MakeCustomer, aiko: User, tap: Callable[[float, float], None]
) -> None:
    customer = make_customer(EVIL, owner=aiko, address=EVIL + "あ" * 500, locate_status=LocateStatus.FAILED)
    app = open_app(aiko, "fix_list")
    assert "<script>" not in rows_of(app)[0]
    app.button(key=f"row_fix_{customer.id}").click().run()
    assert not app.exception
    assert all("<script>" not in element.proto.body for element in app.get("html"))
    assert app.text_area(key="fix_address").value.startswith("<script>")


def test_every_reason_has_words() -> None:
    reasons = {reason.value for reason in LocateReason if reason is not LocateReason.NONE} | {fix_list.ROUGH, fix_list.WAITING}
    assert set(problem_words.SHORT) == set(problem_words.SENTENCES) == reasons
