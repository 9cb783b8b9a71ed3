import pytest
from small_labs import ADD, checkout

from lens_labs.school import catalogue, urls
from lens_labs.school.catalogue import Objective, labs, student_folder
from lens_labs.school.checkout import Checkout
from lens_labs.school.editions.make import build
from lens_labs.school.errors import SchoolError


def test_labs_are_described_by_their_student_notebooks(tmp_path):
    here = checkout(tmp_path, ADD)
    build(here)
    folder = tmp_path / "labs" / "student"
    lab = labs(folder)["02-two-films"]
    assert (lab.name, lab.lecture, lab.title, lab.minutes, lab.budget) == (
        "02-two-films",
        2,
        "Two films",
        30,
        20,
    )
    assert lab.question == "How thick is the film?"
    assert lab.packages == ("numpy",)
    assert lab.objectives == (Objective("Add two numbers", "add"),)
    assert lab.path == folder / "02-two-films.ipynb"


def test_labs_come_in_the_order_of_their_names(tmp_path):
    here = checkout(tmp_path, ADD)
    for name in ("10-last", "01-first"):
        here.source(name).write_text(
            here.source("02-two-films").read_text(encoding="utf-8"), encoding="utf-8"
        )
    build(here)
    assert list(labs(tmp_path / "labs" / "student")) == ["01-first", "02-two-films", "10-last"]


@pytest.mark.parametrize("content", ['{"cells": []}', '{"cells": [], "metadata": {"lens": {"lecture": 2}}}'])
def test_a_notebook_that_describes_no_lab_is_named(tmp_path, content):
    (tmp_path / "02-x.ipynb").write_text(content)
    with pytest.raises(SchoolError, match=r"02-x\.ipynb describes no lab: its metadata have no lens block"):
        labs(tmp_path)


def test_a_faulty_description_names_the_key(tmp_path):
    (tmp_path / "02-x.ipynb").write_text('{"cells": [], "metadata": {"lens": {"title": "X", "lecture": 2}}}')
    with pytest.raises(SchoolError, match=r"02-x\.ipynb: lens\.minutes is missing"):
        labs(tmp_path)


def test_an_empty_folder_holds_no_labs(tmp_path):
    assert labs(tmp_path) == {}


def test_in_a_checkout_the_labs_are_beside_the_package():
    assert student_folder() == Checkout.find().root / "labs" / "student"


def test_an_installation_without_labs_says_how_to_mend_it(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "__file__", str(tmp_path / "lens_labs" / "school" / "catalogue.py"))
    with pytest.raises(SchoolError, match="install the package again"):
        student_folder()


def test_an_installed_package_carries_its_labs(tmp_path, monkeypatch):
    here = tmp_path / "lens_labs" / "school"
    (here / "notebooks").mkdir(parents=True)
    monkeypatch.setattr(catalogue, "__file__", str(here / "catalogue.py"))
    assert student_folder() == here / "notebooks"


def test_commands_for_authors_say_where_to_get_the_sources(tmp_path, monkeypatch):
    import lens_labs

    monkeypatch.setattr(lens_labs, "__file__", str(tmp_path / "lens_labs" / "__init__.py"))
    with pytest.raises(SchoolError, match=f"get them with: git clone {urls.REPOSITORY}"):
        Checkout.find()


def test_every_address_is_made_from_the_one_constant(monkeypatch):
    monkeypatch.setattr(urls, "REPOSITORY", "https://github.com/other/school")
    assert urls.colab("02-x").startswith("https://colab.research.google.com/github/other/school/blob/")
    assert urls.zip_archive().startswith("https://github.com/other/school/")
