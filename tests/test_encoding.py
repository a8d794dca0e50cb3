"""Whatever a text was saved as, the same words come back, and a wrong byte is never silent."""

from __future__ import annotations

import codecs
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.encoding import Decoded, decode
from ingest.errors import ParseError

SIMPLIFIED = [
    "人工智能是计算机科学的一个分支，研究怎样让机器完成通常需要人的智慧才能完成的工作。",
    "这座城市位于长江下游，人口约八百万，是全省的政治、经济和文化中心。",
    "合同自双方签字盖章之日起生效，有效期为三年。",
    "他说：“明天如果下雨，我们就不去了。”",
    "公司去年的营业收入达到12.5亿元，比前年增长了百分之八。",
    "《红楼梦》的作者是谁？",
    "请在使用本产品之前仔细阅读说明书，并妥善保管以备日后参考。",
]
TRADITIONAL = [
    "人工智慧是電腦科學的一個分支，研究怎樣讓機器完成通常需要人的智慧才能完成的工作。",
    "這座城市位於臺灣北部，人口約兩百六十萬，是全國的政治、經濟與文化中心。",
    "合約自雙方簽字蓋章之日起生效，有效期間為三年。",
    "他說：「明天如果下雨，我們就不去了。」",
    "公司去年的營業收入達到12.5億元，比前年增加了百分之八。",
    "《紅樓夢》的作者是誰？",
    "請在使用本產品之前仔細閱讀說明書，並妥善保管以備日後參考。",
    "圖書館的開放時間為上午九時至下午五時，星期一休館。",
]
JAPANESE = [
    "人工知能は計算機科学の一分野であり、人間の知的な作業を機械に行わせる研究である。",
    "この都市は県の中央に位置し、人口は約百万人です。",
    "契約は双方が署名した日から有効となります。",
    "東京都の天気は晴れ",
    "ご使用の前に必ず説明書をお読みください。",
]
KOREAN = [
    "인공지능은 컴퓨터 과학의 한 분야로서 인간의 지적인 작업을 기계가 하게 하는 연구이다.",
    "이 도시는 한강 하류에 있으며 인구는 약 백만 명이다.",
    "계약은 서명한 날부터 효력이 있다.",
    "사용하기 전에 설명서를 읽어 주십시오.",
    "안녕하세요",
]
WESTERN = [
    "Le café était fermé à cause de la fête nationale, où l’été commençait déjà.",
    "Die Prüfung über größere Maßnahmen fällt für ältere Schüler aus.",
    "El niño comió una manzana mañana por la mañana. ¿Qué pasó después?",
    "naïve",
    "Price: £25 – 30 % off, “today only”.",
]
TEXTS = [
    ("gb18030", SIMPLIFIED),
    ("big5", TRADITIONAL),
    ("shift_jis", JAPANESE),
    ("euc_jp", JAPANESE),
    ("iso2022_jp", JAPANESE),
    ("euc_kr", KOREAN),
    ("cp1252", WESTERN),
]
EVERY = SIMPLIFIED + TRADITIONAL + JAPANESE + KOREAN + WESTERN
CASES = [(encoding, line) for encoding, lines in TEXTS for line in lines]


@pytest.mark.parametrize(("encoding", "line"), CASES)
def test_i01_one_line_is_read_as_it_was_written(encoding: str, line: str) -> None:
    assert decode(line.encode(encoding)).text == line


@pytest.mark.parametrize(("encoding", "lines"), TEXTS)
def test_i01_a_long_text_is_read_as_it_was_written(encoding: str, lines: list[str]) -> None:
    text = "# English heading\r\n\r\n" + "\r\n".join(lines * 2_000)
    decoded = decode(text.encode(encoding))
    assert decoded.text == text
    assert decoded.replaced == 0


@pytest.mark.parametrize("encoding", ["gb18030", "gbk"])
def test_i01_a_legacy_line_after_much_english_is_read(encoding: str) -> None:
    text = "plain ASCII comes first\n" * 10_000 + SIMPLIFIED[0]
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize("line", EVERY)
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-8"])
def test_i01_unicode_without_a_mark_is_recognised(encoding: str, line: str) -> None:
    assert decode(line.encode(encoding)) == Decoded(line, encoding)


@pytest.mark.parametrize("text", ["", "a", "你", SIMPLIFIED[0], "😀"])
@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_i01_a_byte_order_mark_decides_and_is_gone(mark: bytes, encoding: str, text: str) -> None:
    assert decode(mark + text.encode(encoding)) == Decoded(text, encoding)


@pytest.mark.parametrize("wrong", ["utf-8", "iso-8859-1", "big5", "no-such-charset", "rot13", ""])
def test_i01_a_wrong_declaration_is_overruled(wrong: str) -> None:
    text = "".join(SIMPLIFIED)
    assert decode(text.encode("gb18030"), wrong).text == text
    assert decode(text.encode("utf-8"), wrong).text == text


def test_i01_a_declaration_decides_what_is_open() -> None:
    ambiguous = "莱昂德罗".encode("gb18030")
    assert decode(ambiguous).encoding != "gb18030"
    assert decode(ambiguous, "GB2312").text == "莱昂德罗"


def test_i02_bad_bytes_in_utf8_are_replaced_and_counted() -> None:
    data = "".join(SIMPLIFIED).encode()
    decoded = decode(data[:30] + b"\xff" + data[30:] + b"\xe4\xb8")
    assert decoded.encoding == "utf-8"
    assert decoded.replaced == 2
    assert decoded.text.replace("\ufffd", "") == "".join(SIMPLIFIED)


def test_i02_bad_bytes_in_a_legacy_encoding_are_replaced_and_counted() -> None:
    data = "".join(SIMPLIFIED).encode("gb18030")
    decoded = decode(data + b"\xff\n")
    assert (decoded.encoding, decoded.replaced) == ("gb18030", 1)


@pytest.mark.parametrize(
    "data",
    [
        bytes(1_000_000),
        bytes(range(256)) * 40,
        random.Random(7).randbytes(50_000),
        b"\x89PNG\r\n\x1a\n" + random.Random(8).randbytes(5_000),
        b"\x7fELF\x02\x01\x01" + bytes(9) + random.Random(9).randbytes(2_000),
        b"\x01\x02\x03\x04",
    ],
)
def test_i02_what_is_no_text_is_refused_as_binary(data: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        decode(data)
    assert caught.value.reason == "binary"


@pytest.mark.parametrize("data", [b"", b"a", b"\n", b"..."])
def test_i12_the_smallest_texts_are_utf8(data: bytes) -> None:
    assert decode(data) == Decoded(data.decode(), "utf-8")


@given(st.binary(max_size=60))
@settings(max_examples=500, deadline=None)
def test_i02_any_bytes_give_valid_text_or_binary(data: bytes) -> None:
    try:
        decoded = decode(data)
    except ParseError as error:
        assert error.reason == "binary"
        return
    assert decoded.text.encode("utf-8").decode("utf-8") == decoded.text


def test_i13_ten_megabytes_are_decoded_in_seconds() -> None:
    data = ("".join(SIMPLIFIED) * 30_000).encode("gb18030")
    assert len(data) > 10_000_000
    start = time.monotonic()
    assert decode(data).encoding == "gb18030"
    assert time.monotonic() - start < 5
