# SPDX-License-Identifier: ISC
"""make_page.py PAGE HEADER: put the page's script and style, and those of its charts, into one
HTML file, and write the Content-Security-Policy sources of both: a browser then runs these and
nothing else that a message may have smuggled in."""

import base64
import hashlib
import pathlib
import sys

HERE = pathlib.Path(__file__).parent


def read(*names):
    return "\n".join((HERE / name).read_text(encoding="utf-8").strip() for name in names)


def source(text):
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def main():
    page, header = sys.argv[1:]
    style = read("../uplot/uPlot.min.css", "page.css")
    script = read("../uplot/uPlot.iife.min.js", "page.js")
    html = read("page.html")
    for tag, text in (("style", style), ("script", script)):
        assert f"</{tag}" not in text.lower(), f"the {tag} would end early"
        assert html.count(f"<{tag}></{tag}>") == 1, tag
        html = html.replace(f"<{tag}></{tag}>", f"<{tag}>{text}</{tag}>")
    pathlib.Path(page).write_text(html + "\n", encoding="utf-8")
    pathlib.Path(header).write_text(
        f'#define GATEWAY_PAGE_SCRIPT "{source(script)}"\n'
        f'#define GATEWAY_PAGE_STYLE "{source(style)}"\n', encoding="utf-8")


main()
