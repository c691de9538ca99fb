"""Writes icons.svg, the sprite of the Tabler icons named in icons.txt, from an unpacked @tabler/icons package.

npm pack @tabler/icons@3.51.0 && tar xzf tabler-icons-3.51.0.tgz
python static/img/make_icons.py package

To use a further icon: add its name to icons.txt, run this, commit both files.
"""
# ruff: noqa: INP001 -- a script beside what it writes, no part of a package

import json
import sys
from pathlib import Path
from typing import Final

VERSION: Final = "3.51.0"
HERE: Final = Path(__file__).parent
Node = tuple[str, dict[str, str]]


def element(node: Node) -> str:
    """One shape of an icon as SVG."""
    tag, attributes = node
    return f"<{tag} " + " ".join(f'{key}="{value}"' for key, value in attributes.items()) + "/>"


def symbol(name: str, nodes: list[Node]) -> str:
    """One `<symbol>`: the icon's drawing, in the units of its 24 by 24 grid."""
    return f'<symbol id="{name}" viewBox="0 0 24 24">{"".join(map(element, nodes))}</symbol>'


def sprite(package: Path, names: list[str]) -> str:
    """The whole file. Raises KeyError for a name that the package does not have."""
    drawings = json.loads((package / "tabler-nodes-outline.json").read_text(encoding="utf-8"))
    symbols = "\n".join(symbol(name, drawings[name]) for name in sorted(names))
    head = f"<!-- Tabler Icons {VERSION}, MIT, licence in LICENSE-tabler-icons; written by make_icons.py -->"
    return f'<svg xmlns="http://www.w3.org/2000/svg">{head}\n{symbols}\n</svg>\n'


if __name__ == "__main__":
    wanted = (HERE / "icons.txt").read_text(encoding="utf-8").split()
    (HERE / "icons.svg").write_text(sprite(Path(sys.argv[1]), wanted), encoding="utf-8")
