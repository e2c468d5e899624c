"""One spelling for each character: what NFKC leaves apart though an address means the same by it."""

from __future__ import annotations

import unicodedata

SPACE = " "
REPEAT = "々"
NOT_PLAIN = "\x00"

# Old or variant form first, the form of the official town names second.
_KANJI_VARIANTS = """
亞亜 惡悪 壓圧 圍囲 醫医 稻稲 飮飲 隱隠 營営 榮栄 衞衛 驛駅 圓円 鹽塩 緣縁 艷艶 應応 歐欧 毆殴 奧奥 橫横 溫温 穩穏 假仮 價価 畫画
會会 壞壊 懷懐 繪絵 擴拡 殼殻 覺覚 學学 嶽岳 樂楽 渴渇 勸勧 卷巻 寬寛 歡歓 觀観 關関 陷陥 巖巌 顏顔 歸帰 氣気 龜亀 僞偽 戲戯 犧犠
舊旧 據拠 擧挙 峽峡 挾挟 狹狭 鄕郷 曉暁 區区 驅駆 勳勲 薰薫 徑径 惠恵 溪渓 谿渓 經経 繼継 莖茎 螢蛍 輕軽 鷄鶏 藝芸 擊撃 缺欠 儉倹
劍剣 圈圏 檢検 權権 獻献 縣県 險険 顯顕 驗験 嚴厳 廣広 恆恒 鑛鉱 號号 國国 黑黒 濟済 齋斎 齊斎 斉斎 劑剤 雜雑 參参 慘惨 棧桟 蠶蚕
贊賛 殘残 絲糸 兒児 辭辞 濕湿 實実 舍舎 寫写 釋釈 壽寿 收収 從従 澁渋 獸獣 縱縦 肅粛 處処 敍叙 緖緒 奬奨 將将 燒焼 稱称 證証 乘乗
剩剰 壤壌 孃嬢 條条 淨浄 疊畳 穰穣 讓譲 釀醸 囑嘱 觸触 寢寝 愼慎 晉晋 眞真 盡尽 圖図 粹粋 醉酔 隨随 髓髄 數数 樞枢 瀨瀬 聲声 靜静
攝摂 竊窃 專専 戰戦 淺浅 潛潜 纖繊 踐践 錢銭 禪禅 雙双 壯壮 搜捜 插挿 爭争 總総 聰聡 莊荘 裝装 騷騒 增増 藏蔵 臟臓 屬属 續続 墮堕
體体 對対 帶帯 滯滞 臺台 瀧滝 擇択 澤沢 單単 擔担 膽胆 團団 彈弾 斷断 癡痴 遲遅 晝昼 蟲虫 鑄鋳 廳庁 聽聴 鎭鎮 遞逓 鐵鉄 轉転 點点
傳伝 黨党 盜盗 燈灯 當当 鬪闘 德徳 獨独 讀読 屆届 繩縄 腦脳 霸覇 廢廃 拜拝 賣売 麥麦 發発 髮髪 拔抜 蠻蛮 祕秘 濱浜 濵浜 甁瓶 拂払
佛仏 竝並 變変 邊辺 邉辺 辨弁 瓣弁 辯弁 舖舗 穗穂 寶宝 寳宝 萠萌 襃褒 豐豊 沒没 飜翻 槇槙 萬万 滿満 默黙 藥薬 譯訳 豫予 餘余 與与
譽誉 搖揺 樣様 謠謡 遙遥 來来 賴頼 亂乱 覽覧 龍竜 兩両 獵猟 壘塁 勵励 禮礼 隸隷 靈霊 齡齢 戀恋 爐炉 勞労 樓楼 祿禄 錄録 彌弥 瑤瑶
檜桧 藪薮 籠篭 蘂蕊 嶋島 嶌島 峯峰 埜野 舘館 冨富 桒桑 櫻桜 鷗鴎 﨑崎 嵜崎 髙高 曾曽 淵渕 渊渕 薗園 蘆芦 鰺鯵 禰祢 靱靭 鶯鴬 麴麹
檮梼 蠣蛎 礪砺 壺壷 竈釜 竃釜 濤涛 鉤鈎 賤賎 邇迩 堯尭 驒騨 瀆涜 灣湾 葢蓋 吳呉 娛娯 步歩 每毎 淸清 靑青 內内 產産 巢巣 劔剣 釼剣
槗橋 栁柳 栢柏 苅刈 蔣蒋 祗祇 崗岡 崻崎 煕熙 凞熙 棊碁 附付 鈬鐸 鑪鈩 疂畳 凾函 凜凛 壻婿 戶戸 戾戻 茲玆 灌潅 潴瀦 諫諌 繫繋 鰕蝦
莵菟 兔兎
"""

_KANA_VARIANTS = {
    "ガ": "ケ",  # 緑が丘, 緑ガ丘, 緑ヶ丘, 緑ケ丘
    "ヵ": "ケ",
    "箇": "ケ",
    "之": "ノ",
    "乃": "ノ",
    "ヰ": "イ",
    "ヱ": "エ",
    "ヅ": "ズ",
    "ヂ": "ジ",
}
_SMALL_KANA = dict(zip("ァィゥェォッャュョヮヶ", "アイウエオツヤユヨワケ", strict=True))
_HYPHENS = "-‐‑‒–—―⁃−⁻₋﹣－─━⸺⸻˗"
_LONG_MARKS = "ーｰ"
_TILDES = "~〜～∼∾"
_SPACES = " \u3000\u00a0\t\r\n\v\f,、，。.．・･|｜/／;；:：()（）[]［］【】〔〕〈〉《》<>＜＞{}｛｝"
_DROPPED = "\"'`´“”‘’„‟＂＇「」『』｢｣〝〟\u200b\u200c\u200d\u2060\ufeff\u00ad"
SOUND_MARKS = {"ﾞ": "\u3099", "ﾟ": "\u309a", "\u3099": "\u3099", "\u309a": "\u309a", "゛": "\u3099", "゜": "\u309a"}


def _base_table() -> dict[str, str]:
    table = {pair[0]: pair[1] for pair in _KANJI_VARIANTS.split()}
    table |= {"廿": "二十", "卅": "三十"}
    table |= dict.fromkeys(_HYPHENS, "-") | dict.fromkeys(_LONG_MARKS, "ー") | dict.fromkeys(_TILDES, "~")
    table |= dict.fromkeys(_SPACES, SPACE) | dict.fromkeys(_DROPPED, "")
    return table | _SMALL_KANA | _KANA_VARIANTS


_BASE = _base_table()


def _fold_one(character: str) -> str:
    if "ぁ" <= character <= "ゖ":
        character = chr(ord(character) + 0x60)
    return _BASE.get(character, character.lower())


class _FoldTable(dict[str, str]):
    """Characters folded so far; every new one is worked out once."""

    def __missing__(self, character: str) -> str:
        if character in _BASE:
            folded = _BASE[character]
        elif "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef":
            folded = ""  # variation selectors: 葛󠄀城 is 葛城
        else:
            folded = "".join(_fold_one(part) for part in unicodedata.normalize("NFKC", character))
            folded = "".join(SPACE if part.isspace() else part for part in folded)
        self[character] = folded
        return folded


FOLDED: dict[str, str] = _FoldTable()


class _PlainTable(dict[int, str]):
    """For `str.translate`: what one character becomes, `NOT_PLAIN` for all that does not simply become one other."""

    def __missing__(self, ordinal: int) -> str:
        character = chr(ordinal)
        folded = FOLDED[character]
        plain = len(folded) == 1 and folded != SPACE and character != REPEAT and character not in SOUND_MARKS
        self[ordinal] = folded if plain else NOT_PLAIN
        return self[ordinal]


PLAIN: dict[int, str] = _PlainTable()


def add_sound_mark(character: str, mark: str) -> str:
    """Return kana `character` with the (han)dakuten `mark` that followed it, folded; half-width ｶﾞ is two characters."""
    return FOLDED[unicodedata.normalize("NFC", character + SOUND_MARKS[mark])]
