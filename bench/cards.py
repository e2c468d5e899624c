"""Printed business cards, drawn and read: how many fields of how many cards come out right, and how long one takes.

Not run by default: it needs the extra `card-ocr` and a Japanese font (`apt-get install fonts-ipaexfont`, or FIELDSALES_BENCH_FONTS).
"""

from __future__ import annotations

import io
import os
import random
import re
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from bench.figures import Figure, Options
from fieldsales.adapters.business_cards.errors import NothingPrinted
from fieldsales.adapters.business_cards.printed import is_installed, read_printed_card
from fieldsales.domain.business_cards import BusinessCard
from fieldsales.domain.matching import fold

WELL, BADLY, VERTICAL = "photographed well", "photographed badly", "written vertically"
CARDS = {WELL: 40, BADLY: 40, VERTICAL: 20}
SEED = 20261121
FIELDS = ("name", "company", "phone", "mobile", "email")
FONTS = (
    "/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf",
    "/usr/share/fonts/opentype/ipaexfont-mincho/ipaexm.ttf",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc",
)
FAMILIES = (
    "佐藤 さとう sato|鈴木 すずき suzuki|高橋 たかはし takahashi|田中 たなか tanaka|渡邊 わたなべ watanabe|伊藤 いとう ito|"
    "髙﨑 たかさき takasaki|"
    "小林 こばやし kobayashi|齋藤 さいとう saito|山﨑 やまざき yamazaki|長谷川 はせがわ hasegawa|五十嵐 いがらし igarashi|森 もり mori|"
    "勅使河原 てしがわら teshigawara|濱田 はまだ hamada|佐々木 ささき sasaki"
)
GIVEN = (
    "太郎 たろう taro|裕子 ゆうこ yuko|健一 けんいち kenichi|美咲 みさき misaki|翔 しょう sho|さくら さくら sakura|"
    "慎之介 しんのすけ shinnosuke|"
    "恵 めぐみ megumi|大輔 だいすけ daisuke|陽菜 ひな hina|誠 まこと makoto|由美子 ゆみこ yumiko"
)
COMPANIES = (
    "株式会社さぬき製麺|髙松精機株式会社|有限会社丸亀うちわ堂|医療法人社団讃岐会|瀬戸内フーズ株式会社|株式会社ナカムラ工務店|合同会社うどんラボ|"
    "四国ロジスティクス株式会社|(株)東讃印刷|一般社団法人香川観光機構|株式会社エス・ティ・システム|琴平酒造株式会社|税理士法人みらい会計|株式会社アイランドテック"
)
MAIL_HOSTS = ("sanuki-foods.co.jp", "takamatsu.example.jp", "st-system.com", "udon-lab.jp")
UNITS = "営業部|営業本部 第二営業課|総務部 人事課|高松支店|開発グループ||製造部 品質管理室|経営企画室"
TITLES = "部長|課長|主任|代表取締役|取締役|係長|マネージャー||店長|所長"
TOWNS = (
    "760-0017 香川県高松市番町|761-8075 香川県高松市多肥下町|763-0034 香川県丸亀市大手町|530-0001 大阪府大阪市北区梅田|"
    "100-0005 東京都千代田区丸の内|"
    "790-0001 愛媛県松山市一番町"
)


@dataclass(frozen=True)
class Drawn:
    """A card as drawn: its picture as a phone would send it, and what is printed on it."""

    picture: bytes
    truth: dict[str, str]


def measure(options: Options) -> Iterator[Figure]:
    """Draw cards in several layouts, fonts and states of wear, read each, and count the fields that are right."""
    fonts = _fonts()
    if not is_installed() or not fonts:
        missing = "the extra card-ocr is not installed" if fonts else "no Japanese font was found"
        yield Figure("printed business cards", "not measured", compared_to=missing)
        return
    for condition, number in CARDS.items():
        chance = random.Random(f"{SEED} {condition}")
        yield from _read_all([_draw(chance, fonts, number, condition) for number in range(number)], f"{number} cards {condition}")


def _read_all(cards: list[Drawn], name: str) -> Iterator[Figure]:
    read_printed_card(cards[0].picture)  # the engine loads at its first card
    right, asked, whole, times = Counter[str](), Counter[str](), 0, []
    for card in cards:
        began = time.perf_counter()
        said = _read(card.picture)
        times.append(time.perf_counter() - began)
        good = {field: _same(field, getattr(said, field), card.truth[field]) for field in FIELDS if card.truth[field]}
        asked.update(good.keys())
        right.update(field for field, holds in good.items() if holds)
        whole += all(good.values())
        if os.environ.get("FIELDSALES_BENCH_VERBOSE"):
            for field in (field for field, holds in good.items() if not holds):
                print(f"    {field}: {card.truth[field]} was read as {getattr(said, field)!r}")
    for field in FIELDS:
        share = f"{100 * right[field] / asked[field]:.0f} %"
        yield Figure(f"{name}: {field} right", share, compared_to=f"{right[field]} of {asked[field]}")
    yield Figure(f"{name}: every field right", f"{100 * whole / len(cards):.0f} %")
    yield Figure(f"{name}: one read in", f"{statistics.median(times):.1f} s", compared_to=f"slowest {max(times):.1f} s")


def _read(picture: bytes) -> BusinessCard:
    try:
        return read_printed_card(picture)
    except NothingPrinted:
        return BusinessCard()


def _same(name: str, said: str, truth: str) -> bool:
    """True when a person would have nothing to correct but blanks and the variant of a kanji (﨑 read as 崎)."""
    bare = [re.sub(r"[\s・]", "", fold(text)) for text in (said, truth)]
    return re.sub(r"\D", "", bare[0]) == re.sub(r"\D", "", bare[1]) if name in ("phone", "mobile") else bare[0] == bare[1]


def _fonts() -> list[str]:
    given = os.environ.get("FIELDSALES_BENCH_FONTS")
    return [path for path in (given.split(":") if given else FONTS) if Path(path).exists()]


def _draw(chance: random.Random, fonts: list[str], number: int, condition: str) -> Drawn:
    family, given = (chance.choice(names.split("|")).split() for names in (FAMILIES, GIVEN))
    company = chance.choice(COMPANIES.split("|"))
    code, town = chance.choice(TOWNS.split("|")).split()
    landline = f"087-{chance.randint(800, 899)}-{chance.randint(0, 9999):04}"
    truth = {
        "name": f"{family[0]} {given[0]}",
        "company": company,
        "phone": landline,
        "mobile": f"0{chance.choice('789')}0-{chance.randint(1000, 9999)}-{chance.randint(0, 9999):04}" if chance.random() < 0.7 else "",
        "email": f"{given[2][0]}.{family[2]}@{chance.choice(MAIL_HOSTS)}",
    }
    words = truth | {
        "kana": chance.choice((f"{family[1]} {given[1]}", f"{given[2].title()} {family[2].upper()}")),
        "role": " ".join(part for part in (chance.choice(UNITS.split("|")), chance.choice(TITLES.split("|"))) if part),
        "address": f"〒{code} {town}{chance.randint(1, 30)}-{chance.randint(1, 30)}-{chance.randint(1, 20)}",
        "building": chance.choice(("", "番町ビル3F", "シンボルタワー 12階")),
        "fax": landline[:-1] + str((int(landline[-1]) + 1) % 10),
    }
    if chance.random() < 0.4:
        words["name"] = "　".join(words["name"].replace(" ", "")) if len(words["name"]) < 6 else words["name"]  # 佐　藤　太　郎
    layout = _downwards if condition == VERTICAL else (_across, _upright, _centred, _dark)[number % 4]
    return Drawn(_worn(layout(words, chance.choice(fonts)), chance, badly=condition == BADLY), truth)


def _across(words: dict[str, str], font: str) -> Image.Image:
    image, put = _paper(1000, 600, font)
    put(60, 50, words["company"], 40)
    put(60, 150, words["role"], 26)
    put(60, 200, words["name"], 62)
    put(64, 285, words["kana"], 22)
    put(60, 370, words["address"], 26)
    put(60, 408, words["building"], 26)
    put(60, 450, f"TEL {words['phone']}  FAX {words['fax']}", 26)
    put(60, 490, f"携帯 {words['mobile']}" if words["mobile"] else "", 26)
    put(60, 530, f"E-mail: {words['email']}", 26)
    return image


def _centred(words: dict[str, str], font: str) -> Image.Image:
    image, put = _paper(1000, 600, font, tint="#f7f4ec")
    put(330, 90, words["role"], 24)
    put(330, 135, words["name"], 54)
    put(340, 205, words["kana"], 20)
    put(330, 320, words["company"], 34)
    put(330, 375, words["address"], 22)
    put(330, 408, words["building"], 22)
    put(330, 445, f"電話 {words['phone']}", 22)
    put(640, 445, f"FAX {words['fax']}", 22)
    put(330, 480, f"Mobile {words['mobile']}" if words["mobile"] else "", 22)
    put(330, 515, words["email"], 22)
    return image


def _upright(words: dict[str, str], font: str) -> Image.Image:
    image, put = _paper(600, 1000, font)
    put(50, 70, words["company"], 34)
    put(50, 250, words["role"], 26)
    put(50, 300, words["name"], 58)
    put(54, 380, words["kana"], 22)
    code, _, address = words["address"].partition(" ")
    put(50, 640, code, 22)
    put(50, 675, address, 22)
    put(50, 710, words["building"], 22)
    put(50, 760, f"T. {words['phone']}", 24)
    put(50, 800, f"F. {words['fax']}", 24)
    put(50, 840, f"M. {words['mobile']}" if words["mobile"] else "", 24)
    put(50, 880, words["email"], 24)
    return image


def _dark(words: dict[str, str], font: str) -> Image.Image:
    """Light letters on a dark card, the company as small as the address, beside a made-up mark."""
    image, put = _paper(1000, 600, font, tint="#16324f", ink="#f2f2f2")
    ImageDraw.Draw(image).ellipse((800, 60, 920, 180), fill="#d98f2b")
    put(70, 110, words["name"], 50)
    put(72, 180, words["kana"], 18)
    put(70, 225, words["role"], 20)
    put(70, 350, words["company"], 24)
    put(70, 390, f"{words['address']} {words['building']}", 20)
    put(70, 425, f"TEL/{words['phone']}  FAX/{words['fax']}", 20)
    put(70, 460, words["mobile"], 20)
    put(70, 495, words["email"], 20)
    return image


def _downwards(words: dict[str, str], font: str) -> Image.Image:
    """Columns from right to left, as traditional cards are written; numbers and mail lie across at the foot."""
    image, put = _paper(600, 1000, font)

    def down(right: int, top: int, text: str, size: int) -> None:
        for place, letter in enumerate(text.replace(" ", "")):
            put(right, top + int(place * size * 1.08), "︱" if letter == "ー" else letter, size)

    down(480, 80, words["company"], 32)
    down(400, 120, words["role"], 24)
    down(280, 180, words["name"].replace("　", ""), 62)
    down(160, 120, words["address"].partition(" ")[2], 24)
    put(60, 830, f"TEL {words['phone']}", 22)
    put(60, 865, f"携帯 {words['mobile']}" if words["mobile"] else "", 22)
    put(60, 900, words["email"], 22)
    return image


def _paper(width: int, height: int, font: str, tint: str = "white", ink: str = "#1c1c1c"):  # type: ignore[no-untyped-def]
    image = Image.new("RGB", (width, height), tint)
    draw = ImageDraw.Draw(image)

    def put(left: int, top: int, text: str, size: int) -> None:
        draw.text((left, top), text, font=ImageFont.truetype(font, size), fill=ink)

    return image, put


def _worn(image: Image.Image, chance: random.Random, *, badly: bool) -> bytes:
    """Return the card as photographed: on a table, askew, not quite in focus, unevenly lit, grainy, as a JPEG; badly more so."""
    table = Image.new("RGB", (image.width + 240, image.height + 240), chance.choice(("#6b5b4b", "#3d4348", "#b9b2a6")))
    table.paste(image, (120, 120))
    most = 9.0 if badly else 4.0
    askew = table.rotate(chance.uniform(-most, most), resample=Image.Resampling.BICUBIC, fillcolor="#55504a")
    if badly:
        askew = _leaning(askew, chance)
        small = chance.uniform(0.55, 0.8)  # a card held too far away
        askew = askew.resize((int(askew.width * small), int(askew.height * small)), Image.Resampling.BILINEAR)
    blurred = askew.filter(ImageFilter.GaussianBlur(chance.uniform(0.6, 1.4) if badly else chance.uniform(0, 1.0)))
    coarse = chance.uniform(20, 60) if badly else chance.uniform(5, 25)
    grain = np.random.default_rng(chance.getrandbits(32)).normal(128, coarse, blurred.size[::-1])
    noise = Image.fromarray(grain.clip(0, 255).astype(np.uint8)).convert("RGB")
    grainy = Image.blend(blurred, noise, 0.15 if badly else 0.08)
    darkest = 90 if badly else 190
    light = Image.linear_gradient("L").rotate(chance.choice((0, 90, 180))).resize(grainy.size)
    shade = light.point(lambda value: darkest + value * (255 - darkest) // 255)
    lit = Image.composite(grainy, Image.new("RGB", grainy.size, "black"), shade)
    packed = io.BytesIO()
    lit.save(packed, "JPEG", quality=chance.randint(35, 60) if badly else chance.randint(60, 90))
    return packed.getvalue()


def _leaning(image: Image.Image, chance: random.Random) -> Image.Image:
    """Return the picture as taken from one side."""
    width, height = image.size
    lean = chance.uniform(0.02, 0.07)
    corners = (0, 0, 0, height, width, height * (1 + lean), width, -height * lean)
    return image.transform(image.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor="#55504a")
