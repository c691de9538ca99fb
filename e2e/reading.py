"""What a page is made of: its links, its structure and its words."""

import hashlib
from html.parser import HTMLParser


class Reading(HTMLParser):
    """The links, the structure and the words of a page."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.structure: list[str] = []
        self.words: list[str] = []
        self.icons: list[str] = []
        self.language = ""
        self.title = ""
        self._inside: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what the tag is, where it leads, and what it says to those who hear it."""
        known = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in known and "download" not in known:
            self.links.append(known["href"])
        if tag == "use":
            self.icons.append(known.get("href", "").rpartition("#")[2])
        if tag == "html":
            self.language = known.get("lang", "")
        marks = sorted(name for name in known if name.startswith("aria-") or name in {"role", "hidden", "disabled"})
        self.structure.append(f"{tag}.{known.get('class', '')}.{','.join(marks)}")
        self.words += [known[name] for name in ("aria-label", "title", "placeholder", "alt") if known.get(name)]
        if tag in {"script", "style", "title"}:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave what is no prose."""
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        """Keep what is said."""
        if self._inside == ["title"]:
            self.title += data
        elif not self._inside:
            self.words.append(data)

    @property
    def shape(self) -> str:
        """A digest of the kinds of tags, classes and roles in it, however often each: what axe judges."""
        return hashlib.sha256("\n".join(sorted(set(self.structure))).encode()).hexdigest()
