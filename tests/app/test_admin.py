"""Administration: users and teams are kept here, the address data is installed here, and nobody else gets in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from fieldsales.adapters.geocoding.errors import DownloadFailed
from fieldsales.adapters.geocoding.gazetteer import Gazetteer
from fieldsales.bootstrap import Runtime
from fieldsales.db.models import LoginSession, Team, User
from fieldsales.domain.words import Role
from fieldsales.services.accounts.passwords import verify_password
from fieldsales.services.accounts.sessions import SESSION_COOKIE, open_session
from fieldsales.ui.admin import admin_gazetteer
from tests.conftest import CustomerFactory

ROOT = Path(__file__).resolve().parents[2]
OpenApp = Callable[..., AppTest]
TOWNS = "pref,city,town,koaza,lat,lng\n香川県,高松市,番町一丁目,,34.3425,134.0463\n"


def words_of(app: AppTest) -> str:
    shown = [*app.markdown, *app.caption, *app.info, *app.error, *app.title, *app.subheader]
    return "\n".join(element.value for element in shown).replace("\\", "").replace("\u2060", "")  # markdown's escapes are not seen


def user_named(runtime: Runtime, name: str) -> User:
    with runtime.database.read() as session:
        return session.scalars(select(User).where(User.name == name)).unique().one()


@pytest.mark.parametrize("tab", ["users", "teams", "gazetteer"])
def test_only_an_administrator_gets_in(
    runtime: Runtime, aiko: User, chie: User, tab: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ContextProxy, "headers", property(lambda _self: {"Accept-Language": "en"}))
    for person in (aiko, chie):
        with runtime.database.write() as session:
            cookies = {SESSION_COOKIE: open_session(session, person, user_agent="test", now=now)}
        monkeypatch.setattr(ContextProxy, "cookies", property(lambda _self, cookies=cookies: cookies))
        # The navigation offers them no such page; run by its own file, past the navigation, it refuses by itself.
        app = AppTest.from_file(str(ROOT / "pages/admin.py"), default_timeout=30)
        app.query_params["tab"] = tab
        app.run()
        assert not app.exception
        assert words_of(app) == "You are not allowed to do this."
        assert not app.button


def test_the_navigation_offers_administration_to_administrators_only(open_app: OpenApp, aiko: User, chie: User, dai: User) -> None:
    offered = ["Administration" in [link.proto.label for link in open_app(person).get("page_link")] for person in (aiko, chie, dai)]
    assert offered == [False, False, True]


def test_an_administrator_adds_a_user_who_may_log_in(open_app: OpenApp, runtime: Runtime, dai: User) -> None:
    app = open_app(dai, "admin")
    assert "4 users may log in" in words_of(app)
    app.button(key="add_user").click().run()
    app.text_input(key="user_name_new").set_value("恵美")
    app.text_input(key="user_email_new").set_value("Emi@Example.com")
    app.selectbox(key="user_role_new").select(Role.MANAGER)
    app.selectbox(key="user_team_new").select("West")
    app.text_input(key="user_new_password").set_value("a long enough password")
    app.button(key="save_user").click().run()
    assert not app.exception
    added = user_named(runtime, "恵美")
    assert (added.email, added.role) == ("emi@example.com", Role.MANAGER)
    assert [team.name for team in added.managed_teams] == ["West"]
    assert verify_password("a long enough password", added.password_hash)
    assert "5 users may log in" in words_of(app)


def test_what_is_wrong_with_a_new_user_stands_beside_the_field_and_nothing_typed_is_lost(
    open_app: OpenApp, runtime: Runtime, dai: User
) -> None:
    app = open_app(dai, "admin", tab="users", id="new")
    app.text_input(key="user_name_new").set_value("Emi")
    app.text_input(key="user_email_new").set_value("aiko@example.com")
    app.text_input(key="user_new_password").set_value("a long enough password")
    app.button(key="save_user").click().run()
    assert not app.exception
    assert "Somebody with the e-mail address “aiko@example.com” exists already." in words_of(app)
    assert app.text_input(key="user_name_new").value == "Emi"
    with runtime.database.read() as session:
        assert session.scalar(select(User).where(User.name == "Emi")) is None


def test_an_administrator_changes_role_team_and_rights(open_app: OpenApp, runtime: Runtime, aiko: User, dai: User) -> None:
    app = open_app(dai, "admin", tab="users", id=str(aiko.id))
    app.text_input(key=f"user_name_{aiko.id}").set_value("愛子")
    app.selectbox(key=f"user_team_{aiko.id}").select("West")
    app.checkbox(key=f"user_export_{aiko.id}").check()
    app.button(key="save_user").click().run()
    assert not app.exception
    changed = user_named(runtime, "愛子")
    assert changed.team is not None
    assert (changed.team.name, changed.may_export, changed.may_delete) == ("West", True, False)


def test_the_last_administrator_stays_one(open_app: OpenApp, runtime: Runtime, dai: User) -> None:
    app = open_app(dai, "admin", tab="users", id=str(dai.id))
    assert not any(button.key in ("user_disable", "save_password") for button in app.button)
    app.selectbox(key=f"user_role_{dai.id}").select(Role.REP)
    app.button(key="save_user").click().run()
    assert not app.exception
    assert app.error
    assert user_named(runtime, "Dai").role is Role.ADMIN


def test_a_user_is_shut_out_and_let_in_again(open_app: OpenApp, runtime: Runtime, aiko: User, dai: User, now: datetime) -> None:
    with runtime.database.write() as session:
        open_session(session, aiko, user_agent="phone", now=now)
    app = open_app(dai, "admin", tab="users", id=str(aiko.id))
    app.button(key="user_log_out").click().run()
    with runtime.database.read() as session:
        open_logins = select(LoginSession).where(LoginSession.user_id == aiko.id, LoginSession.revoked_at.is_(None))
        assert session.scalar(open_logins) is None
    app.button(key="user_disable").click().run()
    assert user_named(runtime, "Aiko").disabled_at == now
    app.button(key="user_enable").click().run()
    assert not app.exception
    assert user_named(runtime, "Aiko").disabled_at is None


def test_a_new_password_is_checked_and_set(open_app: OpenApp, runtime: Runtime, aiko: User, dai: User) -> None:
    app = open_app(dai, "admin", tab="users", id=str(aiko.id))
    app.text_input(key=f"user_password_{aiko.id}").set_value("short")
    app.button(key="save_password").click().run()
    assert "A password needs at least" in words_of(app)
    app.text_input(key=f"user_password_{aiko.id}").set_value("another long password")
    app.button(key="save_password").click().run()
    assert not app.exception
    assert verify_password("another long password", user_named(runtime, "Aiko").password_hash)


def test_a_password_typed_for_one_new_user_is_not_there_for_the_next(open_app: OpenApp, dai: User) -> None:
    app = open_app(dai, "admin", tab="users", id="new")
    app.text_input(key="user_new_password").set_value("a long enough password")
    app.button(key="save_user").click().run()  # refused: there is no name
    app.button(key="users_back").click().run()
    app.button(key="add_user").click().run()
    assert app.text_input(key="user_new_password").value == ""


def test_a_password_that_was_refused_is_gone_when_the_user_is_opened_again(open_app: OpenApp, aiko: User, dai: User) -> None:
    app = open_app(dai, "admin", tab="users", id=str(aiko.id))
    app.text_input(key=f"user_password_{aiko.id}").set_value("short")
    app.button(key="save_password").click().run()
    app.button(key="users_back").click().run()
    app.button(key=f"row_user_{aiko.id}").click().run()
    assert app.text_input(key=f"user_password_{aiko.id}").value == ""


def test_the_form_of_a_second_field_has_no_name_yet(open_app: OpenApp, dai: User, make_customer: CustomerFactory) -> None:
    make_customer(custom={"業種": "食品"})
    app = open_app(dai, "admin", tab="fields", id="new")
    app.selectbox(key="field_name_new").select("業種")
    app.button(key="save_field").click().run()
    assert not app.exception
    app.button(key="add_field").click().run()
    assert app.selectbox(key="field_name_new").value is None


@pytest.mark.parametrize("tab", ["users", "teams"])
@pytest.mark.parametrize("asked", ["99999", "<script>", "-1"])
def test_somebody_who_does_not_exist_is_answered_in_words(open_app: OpenApp, dai: User, tab: str, asked: str) -> None:
    app = open_app(dai, "admin", tab=tab, id=asked)
    assert not app.exception
    assert app.error


def test_an_administrator_keeps_teams_and_their_managers(open_app: OpenApp, runtime: Runtime, chie: User, dai: User) -> None:
    app = open_app(dai, "admin", tab="teams")
    assert any("**East**" in button.label and "Chie" in button.label for button in app.button)
    app.button(key="add_team").click().run()
    app.text_input(key="team_name_new").set_value("東")
    app.toggle(key="team_shares_new").set_value(False)
    app.multiselect(key="team_managers_new").select(chie.id)
    app.button(key="save_team").click().run()
    assert not app.exception
    with runtime.database.read() as session:
        team = session.scalars(select(Team).where(Team.name == "東")).one()
    assert team.shares_customers is False
    assert {t.name for t in user_named(runtime, "Chie").managed_teams} == {"East", "東"}
    app.button(key=f"row_team_{team.id}").click().run()
    app.text_input(key=f"team_name_{team.id}").set_value("West")
    app.button(key="save_team").click().run()
    assert "There is already a team “West”." in words_of(app)


def test_address_data_is_installed_from_a_file_and_shown(open_app: OpenApp, runtime: Runtime, dai: User) -> None:
    app = open_app(dai, "admin", tab="gazetteer")
    assert "Nothing is installed yet" in words_of(app)
    assert app.button(key="install_files").disabled
    app.file_uploader(key="gazetteer_files_0").set_value([("../../towns 1.csv", TOWNS.encode(), "text/csv")]).run()
    app.button(key="install_files").click().run()
    assert not app.exception
    status = Gazetteer(runtime.settings.gazetteer_path).status()
    assert (status.towns, len(status.sources)) == (1, 1)
    assert any("<span>Towns</span> <b>1</b>" in element.proto.body for element in app.get("html"))
    assert sorted(path.name for path in runtime.settings.data_dir.glob("gazetteer-upload-*")) == []


def test_a_file_that_is_no_address_data_is_refused_in_words_and_changes_nothing(open_app: OpenApp, runtime: Runtime, dai: User) -> None:
    app = open_app(dai, "admin", tab="gazetteer")
    app.file_uploader(key="gazetteer_files_0").set_value([("list.csv", "会社名,住所\n甲,乙\n".encode("cp932"), "text/csv")]).run()
    app.button(key="install_files").click().run()
    assert not app.exception
    assert "is none of the gazetteer formats we know" in words_of(app)
    assert not runtime.settings.gazetteer_path.exists()


def test_a_download_without_network_says_so(open_app: OpenApp, runtime: Runtime, dai: User, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | Path] = []

    def refuse(path: Path, sources: list[str | Path], **options: object) -> None:
        asked.extend(sources)
        raise DownloadFailed(url=sources[0], why="no network")

    monkeypatch.setattr(admin_gazetteer, "install", refuse)
    app = open_app(dai, "admin", tab="gazetteer")
    app.text_input(key="gazetteer_url").set_value(" https://data.example/latest.csv ")
    app.button(key="install_url").click().run()
    assert not app.exception
    assert asked == ["https://data.example/latest.csv"]
    assert "could not be downloaded (no network)" in words_of(app)


def test_a_damaged_gazetteer_does_not_shut_the_way_to_a_good_one(open_app: OpenApp, runtime: Runtime, dai: User) -> None:
    runtime.settings.gazetteer_path.write_bytes(b"not a database")
    app = open_app(dai, "admin", tab="gazetteer")
    assert not app.exception
    assert "is damaged" in words_of(app)
    assert app.get("file_uploader")
