import ast
import json
import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from lens_labs.school.checkout import Checkout
from lens_labs.school.editions.make import build, compose
from lens_labs.school.editions.rules import layout_faults, leaks
from lens_labs.school.editions.skeleton import first_lab, new_lab, new_lecture
from lens_labs.school.editions.sources import read
from lens_labs.school.errors import SchoolError
from lens_labs.school.recorded import Recorded
from lens_labs.sphinx.lectures import faults

LAB = "03-count-the-peaks"
LECTURE = "03-layers-and-peaks"


def files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_a_new_lab_has_source_checks_tests_and_both_notebooks(tmp_path):
    here = Checkout(tmp_path)
    written = [path.relative_to(tmp_path).as_posix() for path in new_lab(here, LAB)]
    assert written == [
        "labs/source/03-count-the-peaks.py",
        "lens_labs/checks/count_the_peaks.py",
        "tests/checks/test_count_the_peaks.py",
        "labs/lecturer/03-count-the-peaks.ipynb",
        "labs/student/03-count-the-peaks.ipynb",
    ]
    assert not [name for name, content in files(tmp_path).items() if b"{{" in content]
    assert build(here) == []


def test_a_new_lab_keeps_the_rules_and_leaks_nothing(tmp_path):
    here = Checkout(tmp_path)
    new_lab(here, LAB)
    lab = read(here.source(LAB))
    assert (lab.title, lab.header.lecture) == ("Count the peaks", 3)
    assert layout_faults(lab, ["thickness", "mean_thickness", "standard_error"]) == []
    assert leaks(lab, compose(lab, "student")) == []
    assert leaks(lab, compose(lab, "lecturer")) != []


@pytest.mark.parametrize(
    "taken", ["labs/source/03-count-the-peaks.py", "tests/checks/test_count_the_peaks.py"]
)
def test_nothing_is_ever_overwritten_nor_half_written(tmp_path, taken):
    (tmp_path / taken).parent.mkdir(parents=True)
    (tmp_path / taken).write_text("mine")
    with pytest.raises(SchoolError, match="exists, and nothing is overwritten"):
        new_lab(Checkout(tmp_path), LAB)
    assert files(tmp_path) == {taken: b"mine"}


@pytest.mark.parametrize("name", ["count-the-peaks", "00-peaks", "11-peaks", "03-Peaks", "03-../peaks"])
def test_a_name_that_is_not_allowed_is_refused(tmp_path, name):
    with pytest.raises(SchoolError, match="allowed:"):
        new_lab(Checkout(tmp_path), name)
    assert files(tmp_path) == {}


@pytest.fixture(scope="module")
def lecture(tmp_path_factory):
    """A new lecture in an empty checkout: where it is, and its files; notes and deck are the first two."""
    root = tmp_path_factory.mktemp("lecture")
    written = new_lecture(Checkout(root), LECTURE)
    return root, written


def test_a_new_lecture_has_notes_deck_figures_a_demo_a_record_of_its_reading_and_a_lab(lecture):
    root, written = lecture
    assert [path.relative_to(root).as_posix() for path in written] == [
        "docs/lectures/03-layers-and-peaks.md",
        "slides/03-layers-and-peaks.md",
        "docs/figures/lecture03.py",
        "docs/figures/demos03.py",
        "docs/_static/demos/layers-and-peaks.js",
        "tests/docs/test_demos03.py",
        "docs/contribute/reviews/03.md",
        "labs/source/03-layers-and-peaks-first-lab.py",
        "lens_labs/checks/layers_and_peaks_first_lab.py",
        "tests/checks/test_layers_and_peaks_first_lab.py",
        "labs/lecturer/03-layers-and-peaks-first-lab.ipynb",
        "labs/student/03-layers-and-peaks-first-lab.ipynb",
    ]
    assert not [
        name for name, content in files(root).items() if b"{{" in content and b"{{" + b'"' not in content
    ]


def front_matter(path):
    return yaml.safe_load(path.read_text("utf-8").split("---\n")[1])


def test_the_front_matter_of_a_new_lecture_is_complete_and_names_what_is_there(lecture):
    root, (notes, *_) = lecture
    about = front_matter(notes)["lecture"]
    text = notes.read_text("utf-8")
    assert list(faults(about)) == []
    assert about["draft"]
    assert (about["number"], about["topic"], about["labs"]) == (3, "Layers and peaks", [first_lab(LECTURE)])
    assert [label for label in about["sections"] if f"({label})=" not in text] == []
    source = read(Checkout(root).source(first_lab(LECTURE)))
    exercises = {objective.exercise for objective in source.header.objectives}
    assert {name for each in about["objectives"] for name in each["assessed_by"]} == exercises


def test_the_labels_of_a_new_lecture_cannot_be_those_of_another(lecture):
    _, (notes, *_) = lecture
    text = notes.read_text("utf-8")
    labels = re.findall(r"^\((.+)\)=$|^:name: (.+)$|^\$\$ \((.+)\)$", text, re.MULTILINE)
    assert ["".join(label) for label in labels] == [
        "sec-layers-and-peaks-question",
        "fig-peaks",
        "sec-layers-and-peaks-peaks",
        "eq-layers-and-peaks-peaks",
        "sec-layers-and-peaks-baseline",
        "fig-one",
        "sec-layers-and-peaks-fails",
        "sec-layers-and-peaks-field",
        "sec-layers-and-peaks-summary",
    ]


def test_the_only_number_that_new_notes_quote_waits_in_a_comment_until_the_lab_has_recorded_it(lecture):
    root, (notes, *_) = lecture
    quoted = re.findall(r"^(.*)\{result\}`(.*?)`", notes.read_text("utf-8"), re.MULTILINE)
    recorded = Checkout(root).source(first_lab(LECTURE)).read_text("utf-8")
    assert [before[0] for before, _ in quoted] == ["%"]
    assert all(f'record("{name}", ' in recorded for _, name in quoted)


def test_the_minutes_of_a_new_deck_are_those_that_the_notes_promise(lecture):
    _, (notes, deck, *_) = lecture
    slides = re.split(r"^#{1,3} ", deck.read_text("utf-8"), flags=re.MULTILINE)[1:]
    minutes = [re.findall(r"^:minutes: ([\d.]+)$", slide, re.MULTILINE) for slide in slides]
    assert len(slides) == 8
    assert all(len(each) == 1 for each in minutes)
    total = sum(float(each[0]) for each in minutes)
    assert (
        total == front_matter(deck)["deck"]["minutes"] == front_matter(notes)["lecture"]["minutes"]["slides"]
    )


@pytest.mark.parametrize(
    ("file", "names"), [("lecture03.py", ["peaks", "one_or_all"]), ("demos03.py", ["measured", "counted"])]
)
def test_the_figures_of_a_new_lecture_can_be_drawn_for_every_medium(lecture, file, names):
    from lens_labs.sphinx import drawings, svg

    root, _ = lecture
    source = root / "docs" / "figures" / file
    shutil.copy(Checkout.find().root / "docs" / "figures" / "_drawing.py", source.parent)
    functions = [node for node in ast.parse(source.read_text()).body if isinstance(node, ast.FunctionDef)]
    assert [function.name for function in functions] == names
    for function in functions:
        if ast.get_docstring(function).startswith("Compute "):
            continue
        assert ast.get_docstring(function).startswith("Show ")
        for medium in drawings.MEDIA:
            drawn = drawings.draw(source, function.name, medium=medium)
            assert drawn == drawings.draw(source, function.name, medium=medium)
            assert set(re.findall(r"#[0-9a-fA-F]{6}\b", drawn)) <= set(svg.PALETTE)


def test_the_code_in_new_notes_runs_and_finds_what_the_text_says(lecture):
    (code,) = re.findall(r"```python\n(.*?)```", lecture[1][0].read_text("utf-8"), re.DOTALL)
    found = {}
    *lines, last = code.strip().splitlines()
    exec("\n".join(lines), found)
    mean, error = eval(last, found)
    assert abs(mean - 50) < 0.2
    assert 0 < error < 0.1


def test_all_python_of_a_new_lecture_pleases_ruff(lecture):
    root, written = lecture
    settings = Checkout.find().root / "pyproject.toml"
    shutil.copy(settings, root)
    for name in ("__init__", "plotting", "record"):  # so that ruff knows whose modules they are
        (root / "lens_labs" / f"{name}.py").touch()
    python = [str(path) for path in written if path.suffix == ".py"]
    for task in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *task, "--no-cache", *python],
            cwd=root, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "taken", ["docs/figures/lecture03.py", "tests/checks/test_layers_and_peaks_first_lab.py"]
)
def test_nothing_of_a_lecture_is_written_if_one_file_is_taken(tmp_path, taken):
    (tmp_path / taken).parent.mkdir(parents=True)
    (tmp_path / taken).write_text("mine")
    with pytest.raises(SchoolError, match="exists, and nothing is overwritten"):
        new_lecture(Checkout(tmp_path), LECTURE)
    assert files(tmp_path) == {taken: b"mine"}


@pytest.mark.parametrize("folder", ["docs/lectures", "slides"])
def test_a_number_that_a_lecture_has_is_refused(tmp_path, folder):
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "03-convolution.md").write_text("# mine")
    with pytest.raises(SchoolError, match=f"lecture 3 is there already: {folder}/03-convolution.md"):
        new_lecture(Checkout(tmp_path), LECTURE)
    assert len(files(tmp_path)) == 1


@pytest.mark.parametrize("name", ["convolution", "00-peaks", "11-peaks", "03-Peaks", "03-../peaks", "03-"])
def test_a_name_that_no_lecture_may_have_is_refused(tmp_path, name):
    with pytest.raises(SchoolError, match="allowed:"):
        new_lecture(Checkout(tmp_path), name)
    assert files(tmp_path) == {}


def test_the_command_says_what_it_wrote_and_what_comes_next(tmp_path, monkeypatch, capsys):
    from lens_labs import cli

    monkeypatch.setattr(Checkout, "find", lambda: Checkout(tmp_path))
    assert cli.main(["new", "lecture", LECTURE]) == 0
    said = capsys.readouterr().out
    assert "wrote docs/lectures/03-layers-and-peaks.md" in said
    assert "lens-labs run 03-layers-and-peaks-first-lab" in said
    assert cli.main(["new", "lecture", LECTURE]) == 2
    assert "lecture 3 is there already" in capsys.readouterr().err
    assert cli.main(["new", "lab", LAB]) == 0
    said = capsys.readouterr().out
    assert "wrote labs/source/03-count-the-peaks.py" in said
    assert "Name it in docs/lectures/03-layers-and-peaks.md" in said


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A copy of the notes and the decks without any lecture, in which a new one is built; and its folder."""
    root = tmp_path_factory.mktemp("site")
    original = Checkout.find().root
    others = shutil.ignore_patterns(
        "[0-9][0-9]-*", "layouts.*", "lecture[01]*", "demos[01]*", "reference", "teach", "contribute", "labs"
    )
    for folder in ("docs", "slides"):
        shutil.copytree(original / folder, root / folder, ignore=others)
    (root / "docs" / "results.json").write_text(json.dumps({"values": {}, "labs": {}}))
    for page in ("reference", "teach", "contribute"):
        (root / "docs" / page).mkdir()
        (root / "docs" / page / "index.md").write_text(f"# {page}\n")
    (root / "docs" / "reference" / "notation.md").write_text("---\norphan: true\n---\n# Symbols\n")
    new_lecture(Checkout(root), LECTURE)
    return root


def built(root, *what):
    """Start to build notes or decks; every warning is an error."""
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-n", "-b", *what]
    return subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, text=True)


@pytest.mark.site
def test_notes_and_deck_of_a_new_lecture_are_built_without_a_warning(site):
    builds = built(site, "html", "docs", "build/school"), built(site, "deck", "slides", "build/school/slides")
    for build_ in builds:
        _, complaints = build_.communicate()
        assert build_.returncode == 0, complaints
    notes = (site / "build/school/lectures" / f"{LECTURE}.html").read_text("utf-8")
    assert re.search(r'<details class="[^"]*selftest[^"]*"\s*>\s*<summary', notes)  # closed
    assert 'class="katex"' in notes
    assert "<svg" in notes
    assert 'data-demo="layers-and-peaks"' in notes
    assert "Lemmich" in notes
    for link in (f"../slides/{LECTURE}.html", f"../labs/{first_lab(LECTURE)}.html"):
        assert f'href="{link}"' in notes
        assert (site / "build/school/lectures" / link).resolve().is_file()
    deck = (site / "build/school/slides" / f"{LECTURE}.html").read_text("utf-8")
    assert deck.count('class="stage"') == 8
    assert f"../lectures/{LECTURE}.html" in deck
    assert "Lemmich" in deck


@pytest.mark.site
def test_new_notes_quote_the_number_of_their_lab_once_it_is_recorded(site):
    notes, name = site / "docs" / "lectures" / f"{LECTURE}.md", "L3.layers_and_peaks_first_lab_thickness"
    told = {"lab": first_lab(LECTURE), "values": [49.9, 50.2, 50.1], "unit": "Å", "band": None}
    (site / "docs" / "results.json").write_text(json.dumps({"values": {name: told}, "labs": {}}))
    text = notes.read_text("utf-8")
    notes.write_text(re.sub(r"^% (?=.*\{result\})", "", text, flags=re.MULTILINE), "utf-8")
    build_ = built(site, "html", "docs", "build/school")
    _, complaints = build_.communicate()
    assert build_.returncode == 0, complaints
    assert "50.1" in (site / "build/school/lectures" / f"{LECTURE}.html").read_text("utf-8")


@pytest.fixture(scope="module")
def command(tmp_path_factory, lecture):
    """A copy of the package with a new lab and the demo of a new lecture, and a function that runs a program of this copy."""
    root = tmp_path_factory.mktemp("checkout")
    original = Checkout.find().root
    shutil.copytree(original / "lens_labs", root / "lens_labs", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(original / "requirements.lock", root)
    new_lab(Checkout(root), LAB)
    for name in ("docs/_static/demos/layers-and-peaks.js", "tests/docs/test_demos03.py"):
        (root / name).parent.mkdir(parents=True)
        shutil.copy(lecture[0] / name, root / name)

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root), "COLUMNS": "120"},
            capture_output=True,
            text=True,
            check=False,
        )

    return run, Checkout(root)


def test_the_checks_of_a_new_lab_and_the_demo_of_a_new_lecture_pass_their_tests(command):
    run, _ = command
    done = run("pytest", "-q", "-p", "no:cacheprovider", "tests")
    assert done.returncode == 0, done.stdout
    assert "16 passed" in done.stdout


@pytest.mark.labs
def test_a_new_lab_runs_well_is_kept_measured_and_checked(command):
    run, here = command
    done = run("lens_labs.cli", "run", "--all", "-j", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 not answered" in done.stdout
    assert "3 correct" in done.stdout
    assert run("lens_labs.cli", "run").stdout.count("unchanged since its good run") == 2

    assert run("lens_labs.cli", "results").returncode == 0
    assert set(Recorded.load(here.results).values) == {
        "L3.count_the_peaks_of_one_peak",
        "L3.count_the_peaks_thickness",
    }
    assert len(list(here.targets.glob("*.svg"))) == 3
    assert run("lens_labs.cli", "build", "--check").returncode == 0

    student, lecturer = (here.notebook(LAB, edition) for edition in ("student", "lecturer"))
    assert run("lens_labs.cli", "check", str(student)).returncode == 1
    assert run("lens_labs.cli", "check", str(lecturer)).returncode == 0


@pytest.mark.labs
def test_a_wrong_solution_makes_the_lab_red_and_the_cause_is_told(command):
    run, here = command
    source = here.source(LAB)
    right = source.read_text(encoding="utf-8")
    source.write_text(right.replace("return 2 * np.pi / q", "return 1 / q"), encoding="utf-8")
    done = run("lens_labs.cli", "run", LAB, "--edition", "lecturer")
    source.write_text(right, encoding="utf-8")
    assert done.returncode == 1
    assert "thickness is 'not yet', not 'correct'" in done.stdout
    assert "the factor 2π is missing" in done.stdout
