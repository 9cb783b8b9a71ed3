"""The reference says what the package does: nothing is missing in it, and nothing has two meanings."""

import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
sys.path.insert(0, str(ROOT / "docs" / "_ext"))

import names
import reference_pages
import speed_tables
from sphinx.errors import ExtensionError

from lens_labs import cli, data
from lens_labs.sphinx import lectures

PUBLIC = {str(name): name for name in names.public()}


def text(page):
    return (REFERENCE / page).read_text("utf-8")


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_explained_in_a_sentence(name):
    summary = PUBLIC[name].summary
    assert summary.endswith(".") or summary.startswith("``"), summary  # a constant may show its value


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_has_a_use_or_a_reason(name):
    assert names.users_of(PUBLIC[name]) or name in names.REASONS, (
        f"nothing uses {name}: remove it, hide it, or say in docs/_ext/names.py why it is public"
    )


def test_reasons_are_given_for_names_that_exist():
    assert set(names.REASONS) <= set(PUBLIC)


def test_the_modules_that_labs_import_are_found_and_the_machinery_is_not():
    found = names.modules()
    assert {"lens_labs", "lens_labs.dataset", "lens_labs.scattering.reflectivity"} <= set(found)
    assert not [name for name in found if re.search(r"\._|school|sphinx|cli|checks\.", name)]


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_stands_on_the_page_of_its_module(name):
    pages = [path.read_text("utf-8") for path in (REFERENCE / "api").glob("*.rst")]
    (page,) = [page for page in pages if f".. automodule:: {PUBLIC[name].module}\n" in page]
    written = re.search(rf"^\.\. (auto\w+|py:data):: {PUBLIC[name].name}$", page, re.MULTILINE)
    assert written or re.search(r"automodule:: .*\n +:members:", page)


@pytest.mark.parametrize(
    ("code", "used"),
    [
        ("import lens_labs\nlens_labs.use_backend('jax')", "lens_labs.use_backend"),
        ("from lens_labs.data import Measurement as M\ndef f(m: M): ...", "lens_labs.data.Measurement"),
        ("from lens_labs.scattering import sans\nsans.i_q('sphere', q)", "lens_labs.scattering.sans.i_q"),
        ("import lens_labs.data as d\nd.load('x')['q']", "lens_labs.data.load"),
        ("from lens_labs import Dataset\nDataset.split", "lens_labs.dataset.Dataset"),
        ("from lens_labs.checks._exercise import exercise\n@exercise\ndef f(): ...", "lens_labs.checks.exercise"),
    ],
)  # fmt: skip
def test_a_use_is_found_however_the_name_was_imported(code, used):
    assert names.is_among(PUBLIC[used], names.used_in_code(code))


def test_a_name_that_is_imported_or_named_alike_is_not_used():
    code = (
        "from lens_labs.data import load\nfrom lens_labs import plotting\nplotting.loaded = 1\nother.load(2)"
    )
    assert not names.is_among(PUBLIC["lens_labs.data.load"], names.used_in_code(code))


def test_texts_use_names_in_words_and_in_code():
    said = "Call `data.load`:\n\n```python\nfrom lens_labs.plotting import parity\nparity(a, b)\n```\n"
    used = names.used_in_text(said)
    assert [name for name in PUBLIC if names.is_among(PUBLIC[name], used)] == [
        "lens_labs.data.load",
        "lens_labs.plotting.parity",
    ]


def test_figures_use_what_their_hidden_neighbours_use(tmp_path, monkeypatch):
    folder = tmp_path / "docs" / "figures"
    folder.mkdir(parents=True)
    (folder / "lecture07.py").write_text("import _grid\n_grid.draw()")
    (folder / "_grid.py").write_text("from lens_labs import data\ndef draw(): data.load('e361r')")
    (folder / "_other.py").write_text("from lens_labs import data\ndata.names()")
    monkeypatch.setattr(names, "ROOT", tmp_path)
    (user,) = found = names.users.__wrapped__()
    assert (user.kind, user.lecture) == ("figures", 7)
    assert found[user] == {"lens_labs.data", "lens_labs.data.load"}


def test_the_list_of_names_has_a_row_for_each_name_that_says_who_uses_it():
    rows = [line for line in names.text().splitlines() if line.startswith("| {py:obj}")]
    assert len(rows) == len(PUBLIC)
    assert not [row for row in rows if row.endswith("|  |")]
    (row,) = [row for row in rows if "<lens_labs.data.load>" in row]
    assert "{lab}`reflectometry inversion <02-reflectometry-inversion>`" in row


def test_every_verb_and_every_argument_of_the_command_line_is_described():
    written = reference_pages.commands()
    verbs = next(action.choices for action in cli.parser()._actions if action.dest == "verb")
    for name, parser in verbs.items():
        section = written.partition(f"## lens-labs {name}\n")[2].partition("\n## ")[0]
        assert section, name
        for action in parser._actions[1:]:
            word = action.option_strings[0] if action.option_strings else action.metavar or action.dest
            (row,) = [line for line in section.splitlines() if line.startswith(f"| `{word}")]
            assert not row.endswith("|  |"), f"{name} {word} needs a help text"


def test_every_measured_file_is_shown_with_source_licence_and_reference_fit():
    written = reference_pages.measured_files()
    for name in data.names():
        curve = data.load(name)
        section = written.partition(f"## {name}: ")[2].partition("\n## ")[0]
        for key in ("source", "licence", "citation"):
            assert curve.card[key] in section
        fitted = curve.reference.parameters if curve.reference else {}
        for parameter, estimate in fitted.items():
            assert f"| `{parameter}` | {str(estimate).replace('-', '−')} |" in section


def test_a_page_is_read_again_only_if_what_is_generated_for_it_has_changed(monkeypatch):
    env = SimpleNamespace(found_docs={"reference/cli", "index"})
    assert reference_pages.changed(None, env) == ["reference/cli"]
    assert reference_pages.changed(None, env) == []
    monkeypatch.setitem(reference_pages.GENERATED, "reference/cli", lambda: "other commands")
    assert reference_pages.changed(None, env) == ["reference/cli"]


def test_every_field_of_the_front_matter_is_explained_with_what_is_allowed():
    schema = json.loads(lectures.SCHEMA.read_text("utf-8"))
    rows = reference_pages.front_matter().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == list(schema["properties"])
    assert "| 1 to 99 | yes |" in rows[0]
    assert all(cell.strip() for row in rows for cell in row.strip("|").split("|"))


def test_the_plan_of_a_class_adds_up_what_deck_and_labs_say():
    rows = [row for row in reference_pages.plan().splitlines() if row.startswith("| ")]
    minutes = [int(row.split("|")[2]) for row in rows if row.split("|")[2].strip().isdigit()]
    total = [int(row.split("|")[2]) for row in rows if row.startswith("| Together")]
    assert len(total) == len(list((ROOT / "docs" / "lectures").glob("*.md")))
    assert sum(minutes) == 2 * sum(total)


def test_a_page_without_a_place_for_what_is_generated_is_an_error():
    source = [f"# Names\n\n{reference_pages.MARK}"]
    reference_pages.fill_in(None, "reference/names", source)
    assert "## lens_labs.data" in source[0]
    with pytest.raises(ExtensionError, match="reference/names must have a line '% generated'"):
        reference_pages.fill_in(None, "reference/names", ["# Names"])


def test_a_symbol_stands_in_one_row_only():
    rows = re.findall(r"^\| (\$.*?) \| [^|]*(?:\\\|[^|]*)*\|", text("notation.md"), re.MULTILINE)
    symbols = [symbol for row in rows for symbol in re.findall(r"\$(.+?)\$", row)]
    assert len(symbols) > 50
    assert sorted(symbols) == sorted(set(symbols))


def test_terms_are_in_the_order_of_the_alphabet_and_explained_once():
    lists = re.findall(r"```\{glossary\}\n(.*?)```", text("glossary.md"), re.DOTALL)
    terms = [re.findall(r"^(\S.*)$", each, re.MULTILINE) for each in lists]
    for each in terms:
        assert each == sorted(each, key=str.casefold)
    every = [term for each in terms for term in each]
    assert len(every) == len(set(every)) > 40


class App:
    """Takes down what an extension registers."""

    def __init__(self):
        self.found = []

    def __getattr__(self, method):
        kinds = {"add_directive": "{%s}", "add_role": "{%s}", "add_config_value": "%s"}
        if method not in kinds:
            return lambda *_, **__: None
        return lambda name, *_, **__: self.found.append(kinds[method] % name)


def test_every_directive_role_and_setting_of_the_extension_is_described():
    import lens_labs.sphinx

    app = App()
    lens_labs.sphinx.setup(app)
    page = text("sphinx.md")
    assert len(app.found) > 20
    assert [name for name in app.found if name not in page] == []


def test_the_settings_that_the_reference_proposes_make_a_site(tmp_path):
    settings = re.search(r"```python\n(project = .*?)```", text("sphinx.md"), re.DOTALL)[1]
    (tmp_path / "conf.py").write_text(settings)
    (tmp_path / "index.md").write_text("# Hello\n\nA square: $a^2$.\n")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "-n", "-b", "html", str(tmp_path), str(tmp_path / "out")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert '<span class="katex">' in page
    for sheet in re.findall(r'href="(_static/[^"?]+\.css)', page):
        assert (tmp_path / "out" / sheet).is_file(), sheet
    assert not re.search(r'src="https?://|<link[^>]+href="https?://', page)


def test_every_benchmark_has_kept_its_tables_and_the_page_on_speed_shows_them():
    scripts = {path.stem.removeprefix("bench_") for path in (ROOT / "benchmarks").glob("bench_*.py")}
    kept = {path.stem for path in (ROOT / "benchmarks" / "results").glob("*.json")}
    assert scripts == kept == set(speed_tables.TITLES)
    shown = speed_tables.tables()
    for name in kept:
        assert f"python -m nox -s bench -- {name}`" in shown
    rows = [line for line in shown.splitlines() if line.startswith("| jax | LENS Labs | local |")]
    assert len(rows) == 1
