"""The docs cannot lie: commands are run, Python is executed, links lead somewhere.

A block of ``console`` follows a comment that says where it is run. Output is compared line by
line; ``...`` stands for anything, as in a doctest.
"""

import doctest
import io
import re
import shlex
import shutil
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
CONSOLE = re.compile(r"<!-- run in (?P<place>.+?) -->\n```console\n(?P<text>.*?)```", re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)(?P<target>[^)#]*)(?:#(?P<anchor>[^)]+))?\)")


def names(pages):
    return [str(page.relative_to(ROOT)) for page in pages]


def sessions(page):
    return [match.groupdict() for match in CONSOLE.finditer(page.read_text("utf-8"))]


def commands(text):
    """Split a console session into commands and what they print."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


WITH_CONSOLE = [page for page in PAGES if sessions(page)]


def test_there_are_pages_and_sessions():
    assert {"README.md", "DESIGN.md", "CONTRIBUTING.md", "CHANGELOG.md"} <= set(names(PAGES))
    assert "README.md" in names(WITH_CONSOLE)
    for page in PAGES:
        # A session that nobody runs would not be noticed when it becomes outdated.
        assert page.read_text("utf-8").count("```console") == len(sessions(page)), page


@pytest.mark.parametrize("page", WITH_CONSOLE, ids=names(WITH_CONSOLE))
def test_commands_print_what_the_page_says(page, tmp_path, monkeypatch):
    from mapaccuracy.commands import main

    for number, session in enumerate(sessions(page)):
        place = tmp_path / str(number)
        if session["place"] == "an empty folder":
            place.mkdir()
        else:
            shutil.copytree(ROOT / session["place"], place)
        monkeypatch.chdir(place)
        for command, expected in commands(session["text"]):
            program, *args = shlex.split(command)
            assert program == "mapaccuracy"
            got = io.StringIO()
            with redirect_stdout(got), redirect_stderr(io.StringIO()), pytest.raises(SystemExit):
                main(args)
            same = doctest.OutputChecker().check_output(expected, got.getvalue(), doctest.ELLIPSIS)
            assert same, f"{page.name}: {command}\n{got.getvalue()}"


WITH_PYTHON = [page for page in PAGES if "```python\n>>>" in page.read_text("utf-8")]


@pytest.mark.parametrize("page", WITH_PYTHON, ids=names(WITH_PYTHON))
def test_python_does_what_the_page_says(page):
    result = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert result.attempted > 0
    assert result.failed == 0


def anchors(page):
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), flags=re.MULTILINE)
    return {
        re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_links_lead_somewhere(page):
    for match in LINK.finditer(page.read_text("utf-8")):
        target = page.parent / match["target"] if match["target"] else page
        assert target.exists(), match[0]
        if match["anchor"]:
            assert match["anchor"] in anchors(target), match[0]


def test_configuration_of_the_docs_is_read(tmp_path):
    from mapaccuracy.io import read_config

    blocks = [
        block
        for page in PAGES
        for block in re.findall(r"```toml\n(.*?)```", page.read_text("utf-8"), flags=re.DOTALL)
    ]
    assert blocks
    for block in blocks:
        file = tmp_path / "mapaccuracy.toml"
        file.write_text(block, "utf-8")
        read_config(file)


def test_exit_codes_of_the_docs_are_those_of_the_code():
    from mapaccuracy.commands import exits as code

    text = (ROOT / "docs" / "command.md").read_text("utf-8")
    told = {int(number) for number in re.findall(r"^\| (\d+) \|", text, flags=re.MULTILINE)}
    assert told == {value for name, value in vars(code).items() if name.startswith("EXIT_")}
