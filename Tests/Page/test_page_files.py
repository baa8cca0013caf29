"""The page's files by themselves: no code in markup, no markup in code, the words that the programs have."""

import re
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = CHECKOUT / "Sources/Page"


def modules():
    return {file.name: file.read_text() for file in PAGE.glob("*.js")}


def test_no_text_can_become_html_or_code():
    for name, text in modules().items():
        for sink in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "DOMParser",
                     "srcdoc", "createContextualFragment", "setHTMLUnsafe", "javascript:"):
            assert sink not in text, (name, sink)
    document = (PAGE / "index.html").read_text()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", document)


def test_nothing_comes_from_elsewhere():
    for file in PAGE.iterdir():
        links = re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", file.read_text())
        assert set(links) <= {"http://www.w3.org"}, file.name
    imports = {name for text in modules().values() for name in re.findall(r"(?:from|import\()\s*\"\./([^\"]+)\"", text)}
    assert imports | {"app.js"} == set(modules()), "a module that nobody imports, or that isn't there"


def test_files_are_short_enough_to_read():
    for file in PAGE.iterdir():
        lines = file.read_text().split("\n")
        assert len(lines) <= 300, file.name
        assert file.suffix == ".svg" or max(len(line) for line in lines) <= 120, file.name


def test_reasons_have_the_words_that_the_command_line_prints():
    swift = (CHECKOUT / "Sources/Domain/PrecacheModel/Jobs/Reason+Advice.swift").read_text()
    ours = (PAGE / "reasons.js").read_text()

    def sentence(code):
        return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', code))

    wanted = {}
    for case, body in re.findall(r"case \.`?(\w+)`?:\s*\((.*?)\n            \)", swift, re.DOTALL):
        means, remedy = body.split("remedy:")
        name = re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", case)
        wanted[name] = (sentence(means), sentence(remedy))
    entries = re.findall(r"^  (\w+): \{\n    means:(.*?),\n    remedy:(.*?),\n  \},$", ours, re.DOTALL | re.MULTILINE)
    found = {name: (sentence(means), sentence(remedy)) for name, means, remedy in entries}
    assert len(wanted) > 20 and found == wanted
