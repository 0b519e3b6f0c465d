"""Reads a C file for the lint scripts: its functions, its variables and the names that it uses."""

import dataclasses
import re

SKIPPED = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S
)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)
ATTRIBUTE = re.compile(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)")
CALLABLE = re.compile(r"(\w+)\s*\(")
VARIABLE = re.compile(r"(\w+)\s*(?:\[[^\]]*\]\s*)*$")


@dataclasses.dataclass
class Definition:
    """One function or variable, with its first and last line (counted from 1)."""

    name: str
    function: bool
    static: bool
    first: int
    last: int


def blank(match):
    """Blanks of the same length: positions and line numbers stay."""
    return re.sub(r"[^\n]", " ", match.group())


def code_of(text):
    """The text without comments, strings and preprocessor lines."""
    return DIRECTIVE.sub(blank, SKIPPED.sub(blank, text))


def named(head):
    """(name, is a function) of what a head at file level defines, or None."""
    head = ATTRIBUTE.sub("", head)
    before = head.split("=")[0]
    if re.match(r"\s*(?:typedef|extern)\b", head) or not before.strip():
        return None
    call = CALLABLE.search(before)
    if call:
        return (call.group(1), True) if "=" not in head else None
    variable = VARIABLE.search(before.rstrip())
    words = re.findall(r"\w+", before)
    if not variable or "=" not in head and words[0] in ("struct", "union", "enum"):
        return None
    return (variable.group(1), False) if len(words) > 1 else None


def definitions(text):
    """The functions and variables that a file defines."""
    code, found, depth, start = code_of(text), [], 0, 0
    head = None
    for at, letter in enumerate(code):
        if letter == "{":
            if depth == 0 and head is None:
                head = code[start:at]
            depth += 1
        elif letter == "}":
            depth -= 1
        if depth or letter not in ";}":
            continue
        name = named(code[start:at] if head is None else head)
        is_body = letter == "}"
        # An initialiser ends at its semicolon, a function at its brace.
        if is_body and not (name and name[1]):
            continue
        if name and name[1] == is_body:
            first = start + len(code[start:at]) - len(code[start:at].lstrip())
            found.append(
                Definition(
                    *name,
                    re.match(r"\s*static\b", code[start:at]) is not None,
                    code.count("\n", 0, first) + 1,
                    code.count("\n", 0, at) + 1,
                )
            )
        start, head = at + 1, None
    return found


def used(text):
    """The names that the code of a file uses; not those of members."""
    code = SKIPPED.sub(blank, text)
    return set(re.findall(r"(?<![\w.])(?<!->)[A-Za-z_]\w*", code))


def inner(text):
    """The bodies of a header's inline functions and macros, without its declarations."""
    code = SKIPPED.sub(blank, text)
    macros = " ".join(m for m in DIRECTIVE.findall(code) if re.match(r"\s*#\s*define", m))
    code, depth, bodies = code_of(text), 0, []
    for letter in code:
        depth += (letter == "{") - (letter == "}")
        bodies.append(letter if depth else " ")
    return macros + "".join(bodies)
