#!/usr/bin/env python3
"""Has the links of a package's pages lead to where the package puts what they name.

    links.py ROOT PLACES

PLACES has a line for each file of the checkout's that is in the package below ROOT: its path, a tab, its place there. A link to
what the package doesn't have becomes its words.
"""

import os.path
import re
import sys
from pathlib import Path

LINK = re.compile(r"!?\[([^\]]*)\]\(([^)\s#:]+)(#[^)\s]*)?\)")


def led(link: re.Match, source: str, places: dict[str, str]) -> str:
    words, target, anchor = link.groups(default="")
    place = places.get(os.path.normpath(os.path.join(os.path.dirname(source), target)))
    return f"[{words}]({os.path.relpath(place, os.path.dirname(places[source]))}{anchor})" if place else words


if __name__ == "__main__":
    root, file = sys.argv[1:]
    places = dict(line.split("\t") for line in Path(file).read_text().splitlines())
    for source in places:
        if source.endswith(".md"):
            page = Path(root + places[source])
            page.write_text(LINK.sub(lambda link: led(link, source, places), page.read_text()))
