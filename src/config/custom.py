"""Network `custom`, of the group `model`: a class of the user's own, in a Python file."""

from typing import Annotated, Any, Literal

from pydantic import Field

from src.config.network import Network
from src.custom_code import digest, read
from src.machine import ROOT

Text = Annotated[str, Field(min_length=1)]


class Custom(Network):
    """A class in a Python file of yours, which is run: only with allow_custom=true on the command line."""

    name: Literal["custom"] = "custom"
    path: Text = "docs/custom_network.py"
    """The file; from the project's folder, unless it begins with /."""
    class_name: Text = "Gated"
    """The class, which builds on src.models.network.Network."""
    arguments: dict[str, Any] = {}
    """What its constructor takes beside `input` and `d_out`."""
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    """Of the file; null: of what it holds when the run starts, which the run notes and then holds on to."""

    @property
    def title(self) -> str:
        return f"{self.name} {self.class_name}"

    def pinned(self) -> "Custom":
        """With the `sha256` of the file as it is now. Raises ConfigError if it is not there, or another one."""
        return self.model_copy(update={"sha256": digest(read(ROOT / self.path, self.sha256))})
