#!/usr/bin/python3
"""Tests that the page of test_evidence_report.c is whole HTML by itself: each tag is closed in its order, only
known tags and attributes are used, and nothing refers to anything outside of the page.

    test_report.py [--picture FILE]
--picture takes a picture of it with Chromium, for docs/pictures.
"""
import html.parser
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests/unit/data/evidence-report.html"
EMPTY = {"meta"}
TAGS = {"html": {"lang"}, "head": set(), "meta": {"charset", "http-equiv", "content", "name"}, "title": set(),
        "style": set(), "body": set(), "p": {"class"}, "h1": set(), "h2": set(), "h3": set(), "table": {"class"},
        "thead": set(), "tbody": set(), "tr": set(), "th": set(), "td": {"class"}, "code": set(), "div": {"class"},
        "i": {"class", "style"}, "span": set()}
# What a browser would load, run or go to.
OUTSIDE = re.compile(r"url\s*\(|@import|https?:|//|javascript:|expression\s*\(", re.I)


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.problems, self.counts, self.text = [], [], {}, []

    def handle_starttag(self, tag, attrs):
        self.counts[tag] = self.counts.get(tag, 0) + 1
        for name, value in attrs:
            if name not in TAGS.get(tag, set()):
                self.problems.append(f"<{tag} {name}>")
            if OUTSIDE.search(value or ""):
                self.problems.append(f"<{tag} {name}={value!r}>")
            if name == "style" and not re.fullmatch(r"left:[\d.]+%;width:[\d.]+%", value):
                self.problems.append(f"style {value!r}")
        if tag not in TAGS:
            self.problems.append(f"<{tag}>")
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data):
        if self.open and self.open[-1] == "style" and OUTSIDE.search(data):
            self.problems.append("the style refers to something outside")
        self.text.append(data)

    def unknown_decl(self, data):
        self.problems.append(f"<![{data}")

    def handle_pi(self, data):
        self.problems.append(f"<?{data}")


def problems_of(text):
    page = Page()
    page.feed(text)
    page.close()
    return page, page.problems + [f"<{tag}> is not closed" for tag in page.open]


def take_picture(path):
    subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                    "--window-size=900,1130", f"--screenshot={path}", GOLDEN.as_uri()], check=True, timeout=60)


def main():
    if sys.argv[1:2] == ["--picture"]:
        return take_picture(sys.argv[2])
    golden = GOLDEN.read_text()
    page, problems = problems_of(golden)
    if not golden.startswith("<!DOCTYPE html>\n") or "@media print" not in golden:
        problems.append("no document type, or no style for print")
    if "default-src 'none'" not in dict(re.findall(r'http-equiv="([^"]*)" content="([^"]*)"', golden)).get(
            "Content-Security-Policy", "").replace("&#39;", "'"):
        problems.append("no policy that forbids scripts and the network")
    if page.counts.get("h2") != 3 or not page.counts.get("i") or "EVIDENCE OK" not in "".join(page.text):
        problems.append(f"not the report: {page.counts}")
    # These must be found.
    for part in ("<script>x</script>", '<img src="x.png">', '<p onclick="x">y</p>', "<b>", "</p>",
                 "<style>a{background:url(x)}</style>", '<i class="x" style="left:0"></i>'):
        if not problems_of(golden.replace("<h1>", part + "<h1>"))[1]:
            problems.append(f"{part} was not found")
    print("\n".join(problems))
    return 1 if problems else 0


sys.exit(main())
