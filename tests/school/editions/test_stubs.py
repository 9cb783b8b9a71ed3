import ast
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lens_labs.school.editions.stubs import BEGIN, END, Place, as_python, stubbed, worked
from lens_labs.school.errors import SchoolError

PLACE = Place("02-films.py", line=10)


def cell(text):
    return textwrap.dedent(text).strip("\n")


def test_a_solution_in_a_function_becomes_an_error_that_names_the_function():
    text = cell('''
        def thickness(q: float) -> float:
            """Return it."""
            factor = 2
            ### BEGIN SOLUTION
            return factor / q
            ### END SOLUTION
    ''')
    names = {}
    exec(stubbed(text, PLACE), names)
    with pytest.raises(NotImplementedError, match=r"^thickness: write the body, then run this cell$"):
        names["thickness"](1.0)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("def outer():\n    def inner():\n        {}\n    return inner", "outer"),
        ("async def outer():\n    {}", "outer"),
        ("class Net:\n    def call(self):\n        {}", "Net.call"),
        ("@print\ndef outer(\n    a,\n    b,\n):\n    if a:\n        {}\n    return b", "outer"),
    ],
)
def test_the_outermost_function_is_named_with_its_class(text, name):
    indent = " " * (text.index("{}") - text.rindex("\n", 0, text.index("{}")) - 1)
    solution = f"\n{indent}".join([BEGIN, "return 1", END])
    assert f'raise NotImplementedError("{name}: write' in stubbed(text.replace("{}", solution), PLACE)


def test_each_public_name_that_a_solution_binds_becomes_a_value_to_fill_in():
    text = cell("""
        given = 1
        ### BEGIN SOLUTION
        import math
        _private = 2
        model, (first, *rest) = 1, (2, 3)
        error: float = 0.5
        later: float
        for step in range(3):
            loss = step
        with open(name) as file:
            table["key"] = file.read()
        def predict(x):
            inside = x
            return inside
        class Net:
            width = 3
        first = 4
        ### END SOLUTION
        print(given)
    """)
    names = ["model", "first", "rest", "error", "loss", "predict", "Net"]
    stubs = [f"{name} = ...  # your answer" for name in names]
    assert stubbed(text, PLACE).split("\n") == ["given = 1", *stubs, "print(given)"]


def test_a_solution_inside_a_loop_keeps_its_indentation():
    text = "for seed in (1, 2):\n    ### BEGIN SOLUTION\n    score = seed\n    ### END SOLUTION\n    print(score)"
    assert stubbed(text, PLACE) == "for seed in (1, 2):\n    score = ...  # your answer\n    print(score)"


def test_several_solutions_in_a_cell_are_replaced_one_by_one():
    text = f"{BEGIN}\na = 1\n{END}\nb = 2\n{BEGIN}\nc = 3\n{END}"
    assert stubbed(text, PLACE) == "a = ...  # your answer\nb = 2\nc = ...  # your answer"


def test_the_lecturer_gets_the_solution_without_markers():
    assert worked(f"{BEGIN}\na = 1\n{END}\nb = 2") == "a = 1\nb = 2"


@pytest.mark.parametrize(
    "magic",
    ["%matplotlib inline", "!ls", "files = !ls", "%%time", "if True:\n    %pip install x", "np.mean?"],
)
def test_magics_of_ipython_are_allowed_beside_a_solution(magic):
    text = f"{magic}\n{BEGIN}\na = 1\n{END}"
    assert stubbed(text, PLACE) == f"{magic}\na = ...  # your answer"


@pytest.mark.parametrize(
    ("lines", "line", "fault"),
    [
        ([BEGIN, "a = 1"], 10, "'### BEGIN SOLUTION' is never closed"),
        (["a = 1", END], 11, "'### END SOLUTION' without '### BEGIN SOLUTION' before it"),
        ([BEGIN, "a = 1", BEGIN, "b = 1", END], 12, "'### BEGIN SOLUTION' inside another solution"),
        (["# BEGIN SOLUTION", "a = 1", END], 10, "'# BEGIN SOLUTION' is no marker"),
        ([BEGIN, "a = 1", "### end solution"], 12, "'### end solution' is no marker"),
        (["### BEGIN_SOLUTION", "a = 1"], 10, "is no marker"),
        ([BEGIN, "# nothing", "", END], 10, "the solution holds no code"),
        ([BEGIN, "print(1)", "a[0] = 1", END], 10, "the solution binds no name"),
        ([BEGIN, "import math", END], 10, "the solution binds no name"),
        (["a = 1", "b = = 2"], 11, "the cell is not valid Python: invalid syntax"),
        ([BEGIN, "if x:", "    a = 1", END, "else:", "    a = 2"], 11, "a statement is cut in two"),
        (["!ls \\", "  -l", BEGIN, "a = 1", END], 10, "a magic runs over several lines"),
    ],
)
def test_a_faulty_solution_is_refused_with_file_and_line(lines, line, fault):
    with pytest.raises(SchoolError) as refused:
        stubbed("\n".join(lines), PLACE)
    assert str(refused.value).startswith(f"02-films.py:{line}: ")
    assert fault in str(refused.value)


names = st.sampled_from(["alpha", "beta", "_hidden", "gamma"])
statements = st.recursive(
    names.map("{} = 1".format),
    lambda inner: st.tuples(
        st.sampled_from(
            ["if alpha:", "for step in range(2):", "with open('x') as f:", "def build(x):", "class Net:"]
        ),
        st.lists(inner, min_size=1, max_size=3),
    ).map(lambda pair: "\n".join([pair[0], *(textwrap.indent(text, "    ") for text in pair[1])])),
    max_leaves=6,
)


@given(
    before=st.lists(statements, max_size=2),
    solution=st.lists(statements, min_size=1, max_size=3),
    inside=st.booleans(),
)
def test_whatever_the_solution_the_stub_is_valid_python_and_holds_none_of_it(before, solution, inside):
    secret = "secret_of_the_lecturer = 42"
    block = "\n".join([BEGIN, secret, *solution, END])
    text = "\n".join(
        [*before, "def given(x):\n" + textwrap.indent(block, "    ") if inside else block, "after = 1"]
    )
    stub = stubbed(text, PLACE)
    ast.parse(stub)
    assert secret not in stub
    assert stub.endswith("after = 1")
    assert ast.dump(ast.parse(worked(text))) == ast.dump(ast.parse(text))


def test_python_without_magics_stays_as_it_is():
    assert as_python("x = 5 % 3\ny = '!'") == "x = 5 % 3\ny = '!'"
