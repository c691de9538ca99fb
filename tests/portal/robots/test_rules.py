"""What each kind of robot is sent, that nobody's words can mention or mark up anything, and which answers are good."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.robots.rules import RobotKind, Words, mask, plain, problem_of, request_for, text_of, wait_after

NOW = datetime(2026, 11, 18, 11, tzinfo=UTC)
WORDS = Words("Alpha registered Alpgold", ("Deal AS-1, €100.00",), "https://portal.example/partners/deals/1", "Open:")
ADDRESS = "https://robots.example/send?key=abcd1234"
HOSTILE = (
    '@all <@everyone> <!channel> <at user_id="all">x</at> [a](https://evil.example) *b* _c_ `d` ~e~ # f \\ \n@here'
)


def body(kind: RobotKind, words: Words = WORDS, secret: str = "") -> dict[str, object]:
    found: dict[str, object] = json.loads(request_for(kind, ADDRESS, secret, words, NOW).body)
    return found


def test_each_kind_gets_the_json_that_its_vendor_documents() -> None:
    text = "Alpha registered Alpgold\nDeal AS-1, €100.00\nOpen: https://portal.example/partners/deals/1"
    assert body(RobotKind.WECOM) == {"msgtype": "text", "text": {"content": text}}
    assert body(RobotKind.DINGTALK) == {"msgtype": "text", "text": {"content": text}, "at": {"isAtAll": False}}
    assert body(RobotKind.FEISHU) == {"msg_type": "text", "content": {"text": text}}
    assert body(RobotKind.SLACK) == {"text": text, "mrkdwn": False, "link_names": False, "unfurl_links": False}
    teams = json.dumps(body(RobotKind.TEAMS))
    assert "application/vnd.microsoft.card.adaptive" in teams
    assert '"type": "TextRun", "text": "Alpha registered Alpgold", "weight": "Bolder"' in teams
    assert '"Action.OpenUrl"' in teams


def test_dingtalk_is_signed_in_the_address_and_feishu_in_the_body() -> None:
    query = parse_qs(urlsplit(request_for(RobotKind.DINGTALK, ADDRESS, "SECx", WORDS, NOW).address).query)
    stamp = str(int(NOW.timestamp()) * 1000)
    right = base64.b64encode(hmac.new(b"SECx", f"{stamp}\nSECx".encode(), hashlib.sha256).digest()).decode()
    assert (query["key"], query["timestamp"], query["sign"]) == (["abcd1234"], [stamp], [right])
    found = body(RobotKind.FEISHU, secret="S")
    stamp = str(int(NOW.timestamp()))
    right = base64.b64encode(hmac.new(f"{stamp}\nS".encode(), b"", hashlib.sha256).digest()).decode()
    assert (found["timestamp"], found["sign"]) == (stamp, right)
    assert request_for(RobotKind.SLACK, ADDRESS, "S", WORDS, NOW).address == ADDRESS


@pytest.mark.security
@pytest.mark.parametrize("kind", RobotKind)
def test_nobodys_words_mention_or_mark_up_anything(kind: RobotKind) -> None:
    sent = json.dumps(body(kind, Words(HOSTILE, (HOSTILE,), "https://portal.example/", "Open:")), ensure_ascii=False)
    sent = sent.replace("https://adaptivecards", "").replace("https://portal.example/", "")
    for sign in ("@", "<", "`", "*b", "_c", "](", "https://evil"):
        assert sign not in sent


@given(st.text(max_size=2_000), st.lists(st.text(max_size=1_000), max_size=20))
def test_a_text_is_within_the_limit_and_keeps_its_link(title: str, lines: list[str]) -> None:
    text = text_of(Words(title, tuple(lines), WORDS.link, WORDS.link_label))
    assert len(text.encode()) <= 2_000
    assert text.endswith(WORDS.link)
    assert "\n\n" not in plain(title)
    assert not set("@<>[]`") & set(text.removesuffix(WORDS.link))


@pytest.mark.parametrize(
    ("kind", "status", "answer", "problem"),
    [
        (RobotKind.WECOM, 200, b'{"errcode":0,"errmsg":"ok"}', ""),
        (RobotKind.WECOM, 200, b'{"errcode":93000,"errmsg":"invalid webhook url"}', "93000: invalid webhook url"),
        (RobotKind.DINGTALK, 200, b'{"errcode":310000,"errmsg":"sign not match"}', "310000: sign not match"),
        (RobotKind.FEISHU, 200, b'{"code":0,"msg":"success"}', ""),
        (RobotKind.FEISHU, 200, b'{"StatusCode":0,"StatusMessage":"success"}', ""),
        (RobotKind.FEISHU, 200, b'{"code":19021,"msg":"sign match fail"}', "19021: sign match fail"),
        (RobotKind.FEISHU, 200, b"{}", "None: "),
        (RobotKind.FEISHU, 200, b"[]", "no JSON in the answer"),
        (RobotKind.WECOM, 200, b"<html>", "no JSON in the answer"),
        (RobotKind.TEAMS, 202, b"", ""),
        (RobotKind.SLACK, 200, b"ok", ""),
        (RobotKind.SLACK, 404, b"no_service", "HTTP 404"),
        (RobotKind.SLACK, 302, b"", "HTTP 302"),
    ],
)
def test_an_answer_says_whether_it_was_taken(kind: RobotKind, status: int, answer: bytes, problem: str) -> None:
    assert problem_of(kind, status, answer) == problem


def test_an_address_is_shown_by_its_host_and_its_end() -> None:
    assert mask(ADDRESS) == "https://robots.example/…1234"


def test_it_is_tried_again_ever_later() -> None:
    assert [wait_after(number) for number in (1, 2, 3)] == [timedelta(seconds=s) for s in (30, 120, 480)]
