"""What every lecture promises, read off its sources: rhythm of the notes, figures, deck, and nothing typed that labs measure."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel

from lens_labs import metrics
from lens_labs.scattering import reflectivity
from lens_labs.school.checkout import Checkout
from lens_labs.school.editions import pages
from lens_labs.sphinx import lectures

ROOT = Path(__file__).parents[2]
NOTES = sorted((ROOT / "docs" / "lectures").glob("*.md"))
SECOND = ROOT / "docs" / "lectures" / "02-dense-regression.md"
NINTH = ROOT / "docs" / "lectures" / "09-uncertainty-and-attention.md"
LABS = pages.about(Checkout(ROOT))


def source(path):
    """Return the front matter and the text of a page."""
    _, front, text = path.read_text("utf-8").split("---\n", 2)
    return yaml.safe_load(front)["lecture"], text


def words(text):
    """Count what a reader reads: neither formulas nor code nor alternatives of figures."""
    for hidden in (r"\$\$.*?\$\$", r"```.*?```", r":alt:.*", r"\{\w+\}`[^`]*`"):
        text = re.sub(hidden, "", text, flags=re.DOTALL if "?" in hidden else 0)
    return len(re.findall(r"[A-Za-z]{2,}", text))


@pytest.fixture(params=NOTES, ids=lambda path: path.stem)
def lecture(request):
    """Every lecture, drafts too."""
    return request.param


@pytest.fixture(
    params=[path for path in NOTES if not source(path)[0].get("draft")], ids=lambda path: path.stem
)
def finished(request):
    """Every lecture that is not a draft."""
    return request.param


def test_the_front_matter_is_without_faults(lecture):
    assert list(lectures.faults(source(lecture)[0])) == []


def test_the_number_of_a_lecture_is_that_of_its_file(lecture):
    assert source(lecture)[0]["number"] == int(lecture.stem[:2])


def test_every_lab_of_the_lecture_belongs_to_it_and_none_is_forgotten(lecture):
    front, text = source(lecture)
    assert front["labs"]
    assert set(front["labs"]) == {name for name, lab in LABS.items() if lab["lecture"] == front["number"]}
    assert all(f"{{lab}}`{name}`" in text for name in front["labs"])


def test_every_exercise_assesses_an_objective_and_every_objective_is_assessed(lecture):
    front, _ = source(lecture)
    exercises = {each for name in front["labs"] for each in LABS[name]["exercises"]}
    assert {each for objective in front["objectives"] for each in objective["assessed_by"]} == exercises


def test_every_section_has_its_minutes(lecture):
    front, text = source(lecture)
    labels = re.findall(r"^\((sec-[a-z-]+)\)=\n## ", text, re.MULTILINE)
    assert list(front["sections"]) == labels


def test_the_notes_have_the_length_of_a_lecture(finished):
    front, text = source(finished)
    assert 3_000 <= words(text) <= 6_000
    assert 60 <= front["minutes"]["notes"] <= 100


def test_a_reader_is_questioned_every_quarter_of_an_hour(finished):
    front, text = source(finished)
    asked = len(re.findall(r"^:class: selftest$", text, re.MULTILINE))
    assert asked >= front["minutes"]["notes"] / 15
    assert len(re.findall(r"^:collapsible: closed$", text, re.MULTILINE)) == asked


def test_misconceptions_are_met(finished):
    assert source(finished)[1].count(":class: misconception") >= 3


def test_figures_are_drawn_by_code_and_one_of_them_moves(finished):
    _, text = source(finished)
    drawn = re.findall(r"\{drawing\} (lecture\d\d)\.(\w+)", text)
    assert len(drawn) >= 6
    assert {module for module, _ in drawn} == {f"lecture{finished.stem[:2]}"}
    assert len(re.findall(r"\{demo\} ", text)) >= 1
    named = re.findall(r"^:name: (fig-\w+)$", text, re.MULTILINE)
    assert len(named) == len(drawn) == len(set(named))


def test_the_chapters_that_no_lecture_may_lack_are_there(finished):
    text = source(finished)[1].lower()
    for part in ("when it fails", "baseline", "## in the field", "## key points"):
        assert part in text


def test_numbers_of_our_labs_are_quoted_and_not_typed(lecture):
    """A recorded value with three digits or more must not stand in the text as typed."""
    recorded = json.loads((ROOT / "docs" / "results.json").read_text("utf-8"))["values"]
    text = re.sub(r"\{\w+\}`[^`]*`", "", source(lecture)[1])
    typed = []
    for name, entry in recorded.items():
        if not name.startswith(f"L{int(lecture.stem[:2])}.") or not entry["unit"]:
            continue
        for value in entry["values"]:
            told = f"{value:.3g}"
            if len(told.replace(".", "").lstrip("0")) >= 3 and re.search(
                rf"(?<![\d.]){re.escape(told)} {entry['unit']}", text
            ):
                typed.append((name, told))
    assert typed == []


@pytest.mark.parametrize(
    ("page", "topics"),
    [
        (
            SECOND,
            (
                "supervised learning",
                "epochs",
                "metrics",
                "batch processing",
                "training, validation, testing, prediction",
            ),
        ),
        (
            NINTH,
            (
                "bayesian methods",
                "gaussian processes",
                "bayesian layers",
                "soft attention",
                "gaussian attention",
                "spatial transformers",
            ),
        ),
    ],
    ids=["lecture 2", "lecture 9"],
)
def test_the_topics_that_a_lecture_must_have_are_headings(page, topics):
    headings = " ".join(re.findall(r"^#+ (.*)$", source(page)[1], re.MULTILINE)).lower()
    for topic in topics:
        assert topic in headings


def function_of(page, name):
    """Return a function that the notes define in a few lines."""
    blocks = re.findall(r"```python\n(.*?)```", source(page)[1], re.DOTALL)
    (code,) = (each for each in blocks if f"def {name}(" in each)
    assert max(map(len, code.splitlines())) <= 80
    scope = {"np": np}
    exec(code, scope)
    return scope[name]


def test_parratts_recursion_in_the_notes_agrees_with_the_package():
    q = np.linspace(0.005, 0.2, 50)
    slabs = np.array([[0, 2.07, 0, 0], [15, 3.47, 0, 4], [200, 1.2, 0, 5], [0, 6.36, 0, 8.0]])
    own = function_of(SECOND, "parratt")(q, slabs[:, 0], 1e-6 * slabs[:, 1], slabs[:, 3])
    np.testing.assert_allclose(own, reflectivity.reflectivity(q, slabs), rtol=1e-10)


def test_the_gaussian_process_in_the_notes_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    x, new = rng.uniform(0, 5, (12, 1)), np.linspace(0, 5, 7)[:, None]
    y, errors = np.sin(x[:, 0]), rng.uniform(0.05, 0.3, 12)
    kernel = ConstantKernel(2.0) * RBF(0.8)
    own = function_of(NINTH, "posterior")(x, y, errors, new, kernel)
    theirs = GaussianProcessRegressor(kernel, alpha=errors**2, optimizer=None).fit(x, y)
    for ours, expected in zip(own, theirs.predict(new, return_cov=True), strict=True):
        np.testing.assert_allclose(ours, expected, atol=1e-10)


def test_the_conformal_intervals_in_the_notes_are_those_of_the_package():
    rng = np.random.default_rng(0)
    y, mean, sd = rng.normal(size=50), rng.normal(size=50), rng.uniform(0.5, 2, 50)
    own = function_of(NINTH, "conformal")(y, mean, sd, mean[:5], sd[:5])
    theirs = metrics.conformal_interval(y, mean, mean[:5], level=0.9, scale=sd, new_scale=sd[:5])
    np.testing.assert_allclose(own, theirs)
