#!/usr/bin/env python3
"""Writes a man page of what a program says of itself, so that no page says anything else.

    manual.py commands SECTION PROGRAM EXAMPLES    its commands and options, by its --experimental-dump-help
    manual.py settings PROGRAM FILE EXAMPLES       its settings, by its command `settings`, for the page of FILE

EXAMPLES is a file of blocks: a comment that says what for, and the lines to type. What the help has below "Exit status:" is a
section of its own.
SOURCE_DATE_EPOCH is the page's date.
"""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path


def said(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def plain(text: str) -> str:
    """Text as roff has it: nothing in it is a request, and a hyphen stays what can be typed."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.MULTILINE)


def heading(name: str, section: str, program: str, abstract: str) -> list[str]:
    day = time.strftime("%Y-%m-%d", time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"])))
    version = said(program, "--version").strip()
    return [f'.TH "{name.upper()}" "{section}" "{day}" "Precache {version}" "Precache"', ".SH NAME",
            f"{plain(name)} \\- {plain(abstract)}"]


def paragraphs(text: str) -> list[str]:
    """Paragraphs; one with indented lines is a table, and keeps its lines."""
    lines = []
    for part in text.split("\n\n"):
        lines.append(".PP")
        table = "\n  " in part
        lines += [".nf", plain(part), ".fi"] if table else [plain(part)]
    return lines


def exit_statuses(table: str) -> list[str]:
    lines = [".SH EXIT STATUS"]
    for row in table.splitlines()[1:]:
        status, meaning = row.split(maxsplit=1)
        lines += [".TP", f"\\fB{status}\\fR", plain(meaning)]
    return lines


def examples(file: str) -> list[str]:
    lines = [".SH EXAMPLES"]
    for block in Path(file).read_text().strip().split("\n\n"):
        comment, *typed = block.splitlines()
        lines += [".PP", plain(comment.lstrip("# ") + ":"), ".RS 4", ".nf", *map(plain, typed), ".fi", ".RE"]
    return lines


def spelling(argument: dict) -> str:
    value = f"\\fI{plain(argument['valueName'])}\\fR"
    if argument["kind"] == "positional":
        return value
    names = ", ".join(f"\\fB{plain(('-' if name['kind'] == 'short' else '--') + name['name'])}\\fR"
                      for name in argument["names"])
    return names if argument["kind"] == "flag" else f"{names} {value}"


def usage(path: str, command: dict) -> list[str]:
    words = []
    for argument in shown(command):
        if argument["kind"] == "positional":
            word = spelling(argument) + ("\\ ..." if argument["isRepeating"] else "")
            words.append(f"[{word}]" if argument["isOptional"] else word)
    if [name for name in shown(command, "subcommands") if name["commandName"] != "help"]:
        words.append("[\\fIcommand\\fR]" if "defaultSubcommand" in command else "\\fIcommand\\fR")
    return [f"\\fB{plain(path)}\\fR [\\fIoptions\\fR] {' '.join(words)}".rstrip()]


def shown(command: dict, members="arguments") -> list[dict]:
    return [member for member in command.get(members, []) if member["shouldDisplay"]]


def options(arguments: list[dict]) -> list[str]:
    lines = []
    for argument in arguments:
        lines += [".TP", spelling(argument), plain(argument.get("abstract", ""))]
        if values := argument.get("allValues"):
            lines.append(plain(f"One of {', '.join(values)}."))
        if default := argument.get("defaultValue"):
            lines.append(plain(f"Default: {default}."))
    return lines


def commands(command: dict, above: str, common: list[str]) -> list[str]:
    """A section for each command below this one, in the order of the help."""
    lines = []
    for below in shown(command, "subcommands"):
        path = f"{above} {below['commandName']}"
        if below["commandName"] == "help":
            continue
        if not shown(below, "subcommands"):
            own = [argument for argument in shown(below) if spelling(argument) not in common]
            lines += [f'.SS "{plain(path)}"', *usage(path, below), ".PP", plain(below.get("abstract", ""))]
            lines += paragraphs(below["discussion"]) if "discussion" in below else []
            lines += options(own)
        lines += commands(below, path, common)
    return lines


def page_of_commands(section: str, program: str, file: str) -> list[str]:
    command = json.loads(said(program, "--experimental-dump-help"))["command"]
    name = command["commandName"]
    lines = heading(name, section, program, command["abstract"].rstrip("."))
    text = command["discussion"].split("\n\n")
    tables = [part for part in text if part.startswith("Exit status:\n")]
    lines += [".SH SYNOPSIS", *usage(name, command), ".SH DESCRIPTION"]
    lines += paragraphs("\n\n".join(part for part in text if part not in tables))
    lines += [".SH OPTIONS", "Of every command:", *options(shown(command))]
    lines += [".SH COMMANDS", *commands(command, name, [spelling(argument) for argument in shown(command)])]
    for table in tables:
        lines += exit_statuses(table)
    return lines + examples(file)


def page_of_settings(program: str, file: str, own: str) -> list[str]:
    name = Path(program).name
    head, *blocks = said(program, "settings").strip().split("\n\n")
    lines = heading(f"{name}.toml", "5", program, f"settings of {name}")
    lines += [".SH DESCRIPTION", plain(f"{file} holds the settings, a key a line, as TOML has it."),
              plain(re.sub(r"^# ?", "", head, flags=re.MULTILINE)), ".SH SETTINGS"]
    for block in blocks:
        *comment, example = block.splitlines()
        *text, kind, elsewhere = [line.lstrip("# ") for line in comment]
        lines += [".TP", f"\\fB{plain(example.lstrip('#'))}\\fR", plain("\n".join(text)), ".br", plain(kind), ".br",
                  plain(f"Also: {elsewhere}.")]
    return lines + examples(own)


if __name__ == "__main__":
    kind, *arguments = sys.argv[1:]
    page = {"commands": page_of_commands, "settings": page_of_settings}[kind](*arguments)
    print("\n".join(line for line in page if line))
