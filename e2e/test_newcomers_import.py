"""A manager who never imported brings the vendor's customers: a wrong guess and three bad rows, corrected on the way."""

import contextlib
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import FilePayload

from e2e import world
from e2e.browsing import Window
from e2e.conftest import Person
from e2e.places import run
from e2e.server import Site, serving
from portal.core.migrate import migrate
from tests import cluster


@dataclass(frozen=True)
class Words:
    """What stands on buttons, fields and pages."""

    customers: str
    nothing_yet: str
    import_file: str
    accounts: str
    source_system: str
    look: str
    column_for_name: str
    look_again: str
    mapping_name: str
    save_mapping: str
    use_it: str
    start: str
    some_in: str
    reasons: tuple[str, str, str]
    refused_rows: str
    another_file: str
    start_again: str
    rest_in: str
    all_in: str
    already_here: str
    see: str


ENGLISH: Final = Words(
    customers="Customers",
    nothing_yet="No accounts yet",
    import_file="Import a file",
    accounts="Accounts",
    source_system="Source system",
    look="Look at the file",
    column_for_name="Column for Legal name",
    look_again="Look again",
    mapping_name="Name of the mapping",
    save_mapping="Save the mapping",
    use_it="Use it",
    start="Import 8 rows",
    some_in="5 rows are in; 3 were refused and wait to be corrected.",
    reasons=("Fill it in.", "is not a country", "Another row of this file has the same id."),
    refused_rows="Refused rows as CSV",
    another_file="Import another file",
    start_again="Import 3 rows",
    rest_in="All 3 rows of data are in; nothing was refused.",
    all_in="All 8 rows of data are in; nothing was refused.",
    already_here="Already here",
    see="See what came in",
)
CHINESE: Final = Words(
    customers="客户",
    nothing_yet="还没有客户档案",
    import_file="导入文件",
    accounts="客户档案",
    source_system="来源系统",
    look="查看文件",
    column_for_name="“注册名称”对应的列",
    look_again="重新查看",
    mapping_name="字段对应的名称",
    save_mapping="保存字段对应",
    use_it="使用",
    start="导入 8 行",
    some_in="5 行已导入；3 行被拒绝，等待更正。",
    reasons=("请填写", "不是可识别的国家或地区", "文件中另有一行使用了相同的编号。"),
    refused_rows="下载被拒绝的行（CSV）",
    another_file="导入另一个文件",
    start_again="导入 3 行",
    rest_in="全部 3 行数据均已导入，没有被拒绝的行。",
    all_in="全部 8 行数据均已导入，没有被拒绝的行。",
    already_here="已存在",
    see="查看导入的内容",
)

Row = tuple[str, ...]
HEADINGS: Final[Row] = ("Account ID", "Company", "Client", "Country", "City", "Website")
"""As their system calls them: the company is the own branch that looks after the client, which is no good guess."""
GOOD: Final[tuple[Row, ...]] = (
    ("A-1", "Branch North", "Alpenmilch Kempten eG", "Germany", "Kempten", "https://www.alpenmilch-kempten.de"),
    ("A-2", "Branch North", "Bodensee Werft GmbH", "Germany", "Lindau", ""),
    ("A-3", "Branch South", "Café Zürich AG", "Switzerland", "Zürich", "cafe-zurich.ch"),
    ("A-4", "Branch South", "Donau Spedition KG", "Austria", "Linz", ""),
    ("A-5", "Branch South", "Etsch Obst S.r.l.", "Italy", "Bozen", ""),
    ("A-6", "Branch North", "Filderkraut GmbH", "Germany", "Filderstadt", ""),
    ("A-7", "Branch North", "Glashütte Saar GmbH", "Germany", "Saarbrücken", ""),
    ("A-8", "Branch East", "苏州湖滨精密有限公司", "China", "苏州", ""),
)
BAD: Final = {"A-3": ("", "Switzerland"), "A-5": ("A-5", "Narnia"), "A-7": ("A-1", "Germany")}
"""What is wrong with three of them: the id is missing, there is no such country, the id is another's."""


def whole_file() -> bytes:
    """The file as it came, in the way spreadsheets of that country write it."""
    rows = [
        (*BAD[row[0]][:1], *row[1:3], BAD[row[0]][1], *row[4:]) if row[0] in BAD else row for row in GOOD
    ]  # fmt: skip
    return as_file([HEADINGS, *rows])


def as_file(rows: list[Row]) -> bytes:
    """Rows with semicolons between, and the mark that spreadsheets begin with."""
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def corrected(refused: Path) -> bytes:
    """The file of refused rows as somebody corrects it: each row says what it should have said."""
    head, *rows = csv.reader(io.StringIO(refused.read_text(encoding="utf-8-sig")))
    client = head.index("Client")
    right = {row[2]: row for row in GOOD}
    assert [row[client] for row in rows] == [row[2] for row in GOOD if row[0] in BAD]
    assert all(row[0] for row in rows), "each says why"
    return as_file([tuple(head), *((row[0], *right[row[client]]) for row in rows)])


@pytest.fixture
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A portal in which nobody has done anything yet."""
    with cluster.running():
        url = cluster.create_database(cluster.migrated_template(migrate))
        run(world.build_empty(url))
        try:
            with serving(url, tmp_path / "data", name=request.node.name.replace("/", "-")) as running:
                yield running
        finally:
            with contextlib.suppress(OSError):
                cluster.drop_database(url)


@dataclass(frozen=True)
class Run:
    """How the story is played once."""

    locale: str
    phone: bool = False
    javascript: bool = True

    def __str__(self) -> str:
        """As the test is called."""
        return f"{self.locale}-{'phone' if self.phone else 'desk'}{'' if self.javascript else '-without-javascript'}"


RUNS: Final = (Run("en"), Run("zh_CN", phone=True), Run("en", javascript=False))


@dataclass
class Newcomer:
    """Vera at her window, on her first day."""

    window: Window
    words: Words
    javascript: bool

    def bring(self, content: bytes, name: str) -> None:
        """Say what a file is and have it looked at."""
        vera, words = self.window, self.words
        vera.page.get_by_role("radio", name=words.accounts).first.check()
        vera.type(words.source_system, "crm")
        chosen: FilePayload = {"name": name, "mimeType": "text/csv", "buffer": content}
        vera.page.locator("#f-file").set_input_files(files=chosen)
        vera.send(words.look)

    def press(self, words: str) -> None:
        """Press a button that has the columns shown anew: without scripts that is a page of its own."""
        if not self.javascript:
            self.window.send(words)
            return
        button = self.window.page.get_by_role("button", name=words, exact=True)
        with self.window.page.expect_response(lambda answer: answer.url.endswith("/mapping")):
            button.click()
        self.window.page.wait_for_load_state("networkidle")
        self.window.look()

    def start(self, words: str, done: str) -> None:
        """Have the rows go in and wait until they are. The page in between loads itself anew, so nothing looks at it."""
        button = self.window.page.get_by_role("button", name=words, exact=True)
        with self.window.page.expect_navigation():
            button.click()
        self.window.wait_for(done)
        self.window.look()

    def use_mapping(self) -> None:
        """Take the mapping that was saved."""
        self.press(self.words.use_it)
        self.window.until(lambda: self.guessed() == "Client")

    def guessed(self) -> str:
        """The column that brings the legal name."""
        return self.window.page.get_by_label(self.words.column_for_name).input_value()

    def choose_column(self, name: str) -> None:
        """Say which column brings the legal name: the first rows are shown anew, or when it is asked."""
        self.window.page.get_by_label(self.words.column_for_name).select_option(name)
        if not self.javascript:
            self.window.send(self.words.look_again)

    def shown_rows(self) -> str:
        """The first rows as they would go in."""
        return self.window.read("table.preview")


@pytest.mark.parametrize("played", RUNS, ids=str)
def test_a_newcomer_imports(site: Site, person: Person, played: Run) -> None:
    words = ENGLISH if played.locale == "en" else CHINESE
    window = person("vera", played.locale, phone=played.phone, javascript=played.javascript)
    newcomer = Newcomer(window, words, played.javascript)
    find_the_way(newcomer)
    newcomer.bring(whole_file(), "kunden.csv")
    correct_the_guess(newcomer)
    assert names(site) == [], "until it is started nothing is kept but the file"
    start(newcomer)
    assert sorted(names(site)) == sorted(row[2] for row in GOOD if row[0] not in BAD)
    refused = take_the_refused(newcomer)
    send_the_rest(newcomer, corrected(refused))
    send_everything_again(newcomer)
    assert sorted(names(site)) == sorted(row[2] for row in GOOD), "all are in, and nothing twice"
    newcomer.window.follow(words.see)
    newcomer.window.sees("Glashütte Saar GmbH", "苏州湖滨精密有限公司")


def find_the_way(newcomer: Newcomer) -> None:
    """The list of customers is empty and says what to do."""
    vera, words = newcomer.window, newcomer.words
    vera.go_to(words.customers)
    vera.sees(words.nothing_yet)
    vera.follow(words.import_file)


def correct_the_guess(newcomer: Newcomer) -> None:
    """The guess is seen to be wrong in the first rows, corrected, and kept under a name for the next file."""
    vera, words = newcomer.window, newcomer.words
    assert newcomer.guessed() == "Company"
    assert "Branch North" in newcomer.shown_rows()
    newcomer.choose_column("Client")
    vera.until(lambda: "Alpenmilch Kempten eG" in newcomer.shown_rows())
    assert "Branch North" not in newcomer.shown_rows()
    assert "Narnia" in newcomer.shown_rows(), "what would be refused is seen before"
    vera.look()
    vera.type(words.mapping_name, "CRM clients")
    newcomer.press(words.save_mapping)
    assert newcomer.guessed() == "Client"


def start(newcomer: Newcomer) -> None:
    """The rows go in; what is refused is said, each with its reason."""
    vera, words = newcomer.window, newcomer.words
    newcomer.start(words.start, words.some_in)
    vera.sees(*words.reasons)


def take_the_refused(newcomer: Newcomer) -> Path:
    """Download the refused rows."""
    link = newcomer.window.page.get_by_role("link", name=newcomer.words.refused_rows)
    return newcomer.window.download(link.click)


def send_the_rest(newcomer: Newcomer, content: bytes) -> None:
    """The corrected rows go in as a file of their own."""
    vera, words = newcomer.window, newcomer.words
    vera.follow(words.another_file)
    newcomer.bring(content, "corrected.csv")
    newcomer.use_mapping()
    newcomer.start(words.start_again, words.rest_in)


def send_everything_again(newcomer: Newcomer) -> None:
    """The whole list once more, as it should have been: all of it is here already."""
    vera, words = newcomer.window, newcomer.words
    vera.follow(words.another_file)
    newcomer.bring(as_file([HEADINGS, *GOOD]), "kunden-2.csv")
    newcomer.use_mapping()
    newcomer.start(words.start, words.all_in)
    same, headings = vera.page.locator("table.outcomes tbody tr").all_inner_texts()
    assert same.split() == [*words.already_here.split(), "8"], headings


def names(site: Site) -> list[str]:
    """The accounts that are really there."""
    return [row["legal_name"] for row in site.sql("SELECT legal_name FROM partners_account")]
