"""What a network of the user's own must be, and how its mistakes are told."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from src.custom_code import digest
from src.errors import ConfigError
from src.models.build import build
from src.spec import InputSpec

INPUT = InputSpec(("a", "b"), (0.0,) * 2, (0.0,) * 2, (1.0,) * 2, (False,) * 2, ("c",), (4,))
HEAD = """\
import torch
from torch import nn
from src.models.network import Network

class Own(Network):
    def __init__(self, input, d_out, width=3):
        super().__init__(input)
        self.layers = nn.Sequential(nn.Linear(2, width), nn.Linear(width, d_out))

"""
RIGHT = f"""{HEAD}
    def from_encoded(self, x, x_cat):
        return self.layers(x)
"""


def section(folder: Path, code: str, **keys: Any) -> dict[str, Any]:
    path = folder / "own.py"
    path.write_text(code)
    return {
        "name": "custom",
        "path": str(path),
        "class_name": "Own",
        "arguments": {},
        "sha256": digest(code.encode()),
    } | keys


def test_the_class_gets_input_output_and_arguments(tmp_path: Path) -> None:
    network = build(section(tmp_path, RIGHT, arguments={"width": 7}), INPUT, 3)
    assert [tuple(weight.shape) for weight in network.parameters()] == [(7, 2), (7,), (3, 7), (3,)]
    assert network.training
    assert network(torch.zeros(5, 2), torch.zeros(5, 1, dtype=torch.int64)).shape == (5, 3)


def test_trying_it_draws_no_random_number(tmp_path: Path) -> None:
    drawing = RIGHT.replace("return self.layers(x)", "return self.layers(x) + torch.rand(1)")
    model = section(tmp_path, drawing)
    torch.manual_seed(0)
    nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 3))
    expected = torch.rand(1)
    torch.manual_seed(0)
    build(model, INPUT, 3)
    assert torch.rand(1).equal(expected)


def test_several_members_are_fine(tmp_path: Path) -> None:
    code = RIGHT.replace("return self.layers(x)", "return self.layers(x)[:, None].expand(-1, 4, -1)")
    network = build(section(tmp_path, code.replace("    def __init__", "    members = 4\n    def __init__")), INPUT, 3)
    assert network.members == 4


def test_classes_of_the_standard_library_that_look_for_their_module_find_it(tmp_path: Path) -> None:
    code = f"from dataclasses import dataclass\n@dataclass\nclass Sizes:\n    width: 'int' = 3\n{RIGHT}"
    assert build(section(tmp_path, code), INPUT, 3).training


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("import torch\nclass Own(:\n", "own.py:2: SyntaxError: invalid syntax"),
        ("import torch\nimport no_such_package\n", "own.py:2: ModuleNotFoundError: No module named 'no_such_package'"),
        ("raise ValueError('first\\nsecond')\n", "own.py:1: ValueError: first$"),
        ("x = 3\n", "own.py: there is no Own in it; there are none"),
        (RIGHT.replace("class Own", "class Owm"), r"own.py: there is no Own in it; did you mean Owm\?"),
        ("class Own:\n    pass\n", "own.py:1: Own must be a subclass of src.models.network.Network"),
        ("Own = 3\n", "own.py:1: Own must be a subclass of src.models.network.Network"),
        (HEAD, "own.py:5: TypeError: Can't instantiate abstract class Own with abstract method from_encoded"),
        (
            RIGHT.replace("width=3", "*, width"),
            "own.py:5: model.arguments do not fit: missing a required argument: 'width'; the constructor takes",
        ),
        (RIGHT.replace("super().__init__(input)", "pass"), "own.py:8: AttributeError: cannot assign module before"),
        (RIGHT.replace("(width, d_out)", "(width + 1, d_out)"), "own.py:12: RuntimeError: mat1 and mat2 shapes"),
        (RIGHT.replace("self.layers(x)", "self.leyers(x)"), "own.py:12: AttributeError: 'Own' object has no attribute"),
        (
            RIGHT.replace("self.layers(x)", "self.layers(x)[:, 0]"),
            r"own.py:11: Own must answer two rows with torch.float32 \[2, 3\]; got torch.float32 \[2\]",
        ),
        (RIGHT.replace("self.layers(x)", "self.layers(x).double()"), r"got torch.float64 \[2, 3\]"),
        (RIGHT.replace("self.layers(x)", "[self.layers(x)]"), "got list"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(tmp_path: Path, code: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        build(section(tmp_path, code), INPUT, 3)


def test_arguments_that_the_constructor_has_not_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"own.py:5: model.arguments do not fit: got an unexpected .* 'widht'"):
        build(section(tmp_path, RIGHT, arguments={"widht": 3}), INPUT, 3)


def test_a_file_that_is_not_there_or_another_one_is_refused(tmp_path: Path) -> None:
    model = section(tmp_path, RIGHT)
    with pytest.raises(ConfigError, match=r"model.path: .*none.py cannot be read: No such file or directory"):
        build(model | {"path": str(tmp_path / "none.py")}, INPUT, 3)
    (tmp_path / "own.py").write_text(f"print('changed')\n{RIGHT}")
    with pytest.raises(ConfigError, match=r"own.py is not what model.sha256 says: required [0-9a-f]{64}, found"):
        build(model, INPUT, 3)
