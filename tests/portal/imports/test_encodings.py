"""The encoding of a file: found by all of it, never by a stack trace."""

import codecs
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.imports.codes import FileCode
from portal.imports.encodings import (
    ENCODINGS,
    UNDECODABLE,
    Confidence,
    choose_encoding,
    decode,
    detect_encoding,
)
from portal.imports.limits import Unreadable
from portal.imports.sources import CHUNK_BYTES, Source

MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}
CHINESE = "客户名称,金额,备注\n北京科技有限公司,1000,华东区域重点客户\n上海贸易有限公司,2000,已签约\n"
WESTERN = "name,city\nCrédito Inmobiliario,Málaga\nPébéo,Gémenos\nMüller & Söhne,Köln\n"

any_text = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff"), min_size=1)
common_han = st.text(st.sampled_from([c for c in CHINESE if c > "\u3000"]), min_size=4, max_size=40)
western_words = st.lists(
    st.from_regex(r"[a-z]{1,4}[éèüöäßñçàâêíóú][a-z]{1,4}", fullmatch=True), min_size=3, max_size=30
)


def read(content: bytes, name: str = "") -> str:
    source = Source(content)
    return "".join(decode(source, choose_encoding(source, name) if name else detect_encoding(source)))


@given(text=any_text, name=st.sampled_from(sorted(MARKS)))
def test_a_mark_is_believed_and_the_text_comes_back(text: str, name: str) -> None:
    content = MARKS[name] + f"a,b\n{text}\n".encode(name)
    found = detect_encoding(Source(content))
    assert (found.name, found.confidence, found.reason) == (name, Confidence.CERTAIN, "mark")
    assert read(content) == f"a,b\n{text}\n"


@given(text=any_text.filter(lambda t: not t.isascii()))
def test_valid_utf8_without_a_mark_is_utf8(text: str) -> None:
    content = f"a,b\n{text}\n".encode()
    assert detect_encoding(Source(content)).reason in {"valid_utf8", "mark"}
    assert read(content).endswith(f"{text}\n")


@given(words=st.lists(common_han, min_size=3, max_size=20))
def test_common_chinese_in_gb18030(words: list[str]) -> None:
    text = "\n".join(words) + "\n"
    assert detect_encoding(Source(text.encode("gb18030"))).name == "gb18030"
    assert read(text.encode("gb18030")) == text


@given(words=western_words)
def test_western_words_in_windows_1252(words: list[str]) -> None:
    text = ",".join(words) + "\n"
    assert detect_encoding(Source(text.encode("cp1252"))).name == "cp1252"
    assert read(text.encode("cp1252")) == text


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", [CHINESE, WESTERN, "a,b\n1,2\n"])
def test_wide_encodings_are_found_without_a_mark(text: str, name: str) -> None:
    found = detect_encoding(Source(text.encode(name)))
    assert (found.name, found.reason, found.confidence) == (name, "zeros", Confidence.LIKELY)
    assert read(text.encode(name)) == text


@pytest.mark.parametrize(
    ("content", "name", "reason", "confidence"),
    [
        (b"a,b\n1,2\n", "utf-8", "ascii", Confidence.CERTAIN),
        (CHINESE.encode("gb18030"), "gb18030", "common_chinese", Confidence.LIKELY),
        ("店\n".encode("gb18030"), "gb18030", "common_chinese", Confidence.GUESS),
        (WESTERN.encode("cp1252"), "cp1252", "western_letters", Confidence.LIKELY),
        ("ÄÖÜ".encode("cp1252") + b"\x80\n", "cp1252", "western_letters", Confidence.GUESS),
        (CHINESE.encode() + b"\xff\n", "utf-8", "mostly_utf8", Confidence.LIKELY),
    ],
)
def test_reason_and_confidence_are_stated(content: bytes, name: str, reason: str, confidence: Confidence) -> None:
    found = detect_encoding(Source(content))
    assert (found.name, found.reason, found.confidence) == (name, reason, confidence)


def test_what_stands_late_in_the_file_counts_too() -> None:
    plain = b"a,b\n" * (CHUNK_BYTES // 2)
    assert detect_encoding(Source(plain + WESTERN.encode("cp1252"))).name == "cp1252"
    assert detect_encoding(Source(plain + WESTERN.encode())).reason == "valid_utf8"


def test_a_character_may_lie_across_two_pieces() -> None:
    text = "a" + "客" * CHUNK_BYTES
    assert read(text.encode()) == text


def test_broken_bytes_are_marked_and_nothing_is_raised() -> None:
    assert read(b"ok\n\xff\xfe\xfdbad\n", "utf-8") == f"ok\n{UNDECODABLE * 3}bad\n"
    assert read("ok".encode("utf-16-le") + b"x", "utf-16-le") == f"ok{UNDECODABLE}"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (bytes(range(256)) * 4, FileCode.ENCODING_UNKNOWN),
        (b"\x01\x02\x03\x04\x05\x06" * 50, FileCode.NOT_TEXT),
        (b"a\x00\x00\x00\x00\x00\x00\x00\x00\x00b" * 9, FileCode.NOT_TEXT),
    ],
)
def test_what_is_no_text_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        detect_encoding(Source(content))
    assert caught.value.code == code


@given(content=st.binary(min_size=1, max_size=400))
def test_any_bytes_are_text_or_refused(content: bytes) -> None:
    with contextlib.suppress(Unreadable):
        assert read(content).isprintable() in {True, False}


@pytest.mark.parametrize("name", sorted(ENCODINGS))
def test_every_encoding_on_offer_can_be_chosen(name: str) -> None:
    assert read("a,b\n".encode(name), name) == "a,b\n"


def test_another_encoding_cannot_be_chosen() -> None:
    with pytest.raises(Unreadable):
        choose_encoding(Source(b"a"), "rot13")
