"""Writes icons.svg, the sprite of the Tabler icons in use, from an unpacked @tabler/icons package.

    npm pack @tabler/icons@3.51.0 && tar xzf tabler-icons-3.51.0.tgz
    python static/img/make_icons.py package

To use a further icon: add its name below, run this, commit both files.
"""

import json
import sys
from pathlib import Path
from typing import Final

VERSION: Final = "3.51.0"
NAMES: Final = ["adjustments", "alert-triangle", "arrow-back-up", "arrow-down", "arrow-left", "arrow-right", "arrow-up", "arrow-forward-up", "bell", "bolt", "book", "briefcase", "building", "building-skyscraper", "building-store", "calendar", "calendar-due", "cash", "chart-bar", "check", "checklist", "chevron-down", "chevron-left", "chevron-right", "circle-check", "circle-dashed", "circle-minus", "circle-x", "clock", "clock-exclamation", "clock-off", "coins", "copy", "dots", "download", "external-link", "eye", "eye-off", "eye-search", "file-import", "file-invoice", "file-spreadsheet", "file-text", "filter", "fingerprint", "flag", "git-merge", "help-circle", "history", "home", "hourglass", "inbox", "info-circle", "key", "keyboard", "language", "link", "list-check", "lock", "lock-open", "login", "logout", "mail", "map-pin", "message", "message-question", "message-reply", "mood-empty", "notes", "package", "pencil", "percentage", "phone", "player-pause", "plus", "printer", "receipt", "receipt-refund", "refresh", "report-money", "rotate", "scale", "search", "send", "settings", "shield-check", "shield-off", "shield-x", "sitemap", "speakerphone", "star", "stairs-up", "tag", "target-arrow", "tool", "trash", "trophy", "unlink", "upload", "user", "user-check", "user-off", "user-plus", "users", "users-group", "versions", "wallet", "world", "x"]


def symbol(name: str, nodes: list[tuple[str, dict[str, str]]]) -> str:
    """One `<symbol>`: the icon's drawing, in the units of its 24 by 24 grid."""
    drawing = "".join(f"<{tag} " + " ".join(f'{key}="{value}"' for key, value in attributes.items()) + "/>" for tag, attributes in nodes)
    return f'<symbol id="{name}" viewBox="0 0 24 24">{drawing}</symbol>'


def sprite(package: Path) -> str:
    """The whole file. Raises KeyError for a name that the package does not have."""
    drawings = json.loads((package / "tabler-nodes-outline.json").read_text(encoding="utf-8"))
    symbols = "\n".join(symbol(name, drawings[name]) for name in sorted(NAMES))
    head = f"<!-- Tabler Icons {VERSION}, MIT, licence in LICENSE-tabler-icons; written by make_icons.py -->"
    return f'<svg xmlns="http://www.w3.org/2000/svg">{head}\n{symbols}\n</svg>\n'


if __name__ == "__main__":
    Path(__file__).with_name("icons.svg").write_text(sprite(Path(sys.argv[1])), encoding="utf-8")
