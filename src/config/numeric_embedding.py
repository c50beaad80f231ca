"""Key `numeric_embedding` of a network: a vector of learned functions of each number in the place of the number."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from src.config.section import Section

Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]


class NoEmbedding(Section):
    """The numbers as they are."""

    name: Literal["none"] = "none"


class Periodic(Section):
    """Cosines and sines of learned frequencies, then a layer (Gorishniy et al. 2022, section 3.3: PLR)."""

    name: Literal["periodic"] = "periodic"
    n_frequencies: Count = 48
    """Frequencies of each column; each gives a cosine and a sine."""
    frequency_scale: Positive = 0.01
    """Standard deviation of the frequencies to start from, in waves per unit; what matters most, try 0.01 to 10."""
    d_embedding: Count = 24
    """Numbers in the place of one."""
    activation: Literal["relu", "identity"] = "relu"
    """After the layer."""
    lite: bool = False
    """One layer for all columns instead of one for each: fewer weights (Gorishniy et al. 2024, TabR)."""

    @model_validator(mode="after")
    def _a_shared_layer_has_relu(self) -> Self:
        if self.lite and self.activation == "identity":
            raise ValueError("activation: identity with lite: true makes one weighted sum of all; take relu")
        return self


class Pbld(Section):
    """Cosines of learned frequencies and phases, then a layer, and the number itself (Holzmüller et al. 2024)."""

    name: Literal["pbld"] = "pbld"
    n_frequencies: Count = 16
    """Frequencies of each column."""
    frequency_scale: Positive = 0.1
    """Standard deviation of the frequencies to start from, in waves per unit."""
    d_embedding: Annotated[int, Field(ge=2)] = 4
    """Numbers in the place of one, itself among them."""


class PiecewiseLinear(Section):
    """A line, and another slope in each bin of the number (Gorishniy et al. 2022, section 3.2; version B of TabM)."""

    name: Literal["piecewise_linear"] = "piecewise_linear"
    n_bins: Annotated[int, Field(ge=2)] = 48
    """Bins of each column at most; there are fewer where values repeat."""
    bins_by: Literal["quantile", "target"] = "quantile"
    """Borders so that bins have equally many train rows, or where a small tree that predicts the target splits."""
    d_embedding: Count = 16
    """Numbers in the place of one."""
    activation: Literal["relu", "identity"] = "identity"
    """On what the bins add to the line."""
    min_samples_leaf: Count = 64
    """With bins_by: target, train rows in each bin at least."""

    @model_validator(mode="after")
    def _every_setting_has_an_effect(self) -> Self:
        default = PiecewiseLinear.model_fields["min_samples_leaf"].default
        if self.min_samples_leaf != default and self.bins_by != "target":
            raise ValueError(f"min_samples_leaf: has an effect with bins_by: target only; it is {self.bins_by}")
        return self


Kind = Annotated[NoEmbedding | Periodic | Pbld | PiecewiseLinear, Field(discriminator="name")]
Name = Literal["none", "periodic", "pbld", "piecewise_linear"]


def _by_name(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


NumericEmbedding = Annotated[Kind, BeforeValidator(_by_name, json_schema_input_type=Name | Kind)]
"""A section, or its name alone, with the other keys as they are by default."""
