"""Group `model`: the architecture. Field = key in YAML = argument of the class of that name in `src/models`."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from src.config.section import Section

Activation = Literal[
    "relu", "gelu", "silu", "tanh", "sigmoid", "elu", "selu", "mish", "leaky_relu", "softplus", "identity"
]
Norm = Literal["batch", "layer", "rms"]
Rate = Annotated[float, Field(ge=0, lt=1)]
Width = Annotated[int, Field(ge=1)]


class _Network(Section):
    """What every network does with its inputs."""

    name: str
    categorical: Literal["auto", "one_hot", "embedding"] = "auto"
    """How a category enters: one input for each value, or a learned vector; auto: by the number of values."""
    one_hot_max: Width = 8
    """With categorical: auto, columns with at most this many values are one-hot, the others embedded."""
    embedding_dim: Width | None = None
    """Length of those vectors; null: min(50, ceil(1.6 * cardinality ** 0.56)) for each column."""
    ensemble: Width = 1
    """Networks that are trained, with seeds of their own (initial weights, order of the rows, dropout); their mean is
    the answer."""

    @model_validator(mode="after")
    def _every_setting_has_an_effect(self) -> Self:
        if self.embedding_dim is not None and self.categorical == "one_hot":
            raise ValueError("embedding_dim: has no effect with categorical: one_hot; set it to null")
        if self.one_hot_max != _Network.model_fields["one_hot_max"].default and self.categorical != "auto":
            raise ValueError(f"one_hot_max: has an effect with categorical: auto only; it is {self.categorical}")
        return self


class Linear(_Network):
    """Linear or, with classes, logistic (softmax) regression: one weighted sum for each output, the honest baseline."""

    name: Literal["linear"] = "linear"

    @property
    def title(self) -> str:
        return self.name


class Mlp(_Network):
    """Multi-layer perceptron: layers of weighted sums, each followed by norm, activation and dropout."""

    name: Literal["mlp"] = "mlp"
    hidden: Annotated[list[Width], Field(min_length=1)] = [10, 10]
    """Neurons of each hidden layer."""
    activation: Activation | list[Activation] = "relu"
    """One for all hidden layers, or a list with one for each."""
    dropout: Rate | list[Rate] = 0.0
    """Share of a layer's outputs set to zero while training; one for all, or a list with one for each."""
    norm: Literal["none", "batch", "layer", "rms"] = "none"
    """Normalisation of each weighted sum, before its activation."""
    init: Literal["default", "kaiming", "xavier", "orthogonal"] = "default"
    """What the weights start from; default: PyTorch's, uniform in ±1/sqrt(fan_in), the others with biases of 0."""

    @property
    def title(self) -> str:
        return f"{self.name} {self.hidden}"

    @model_validator(mode="after")
    def _one_for_each_layer(self) -> Self:
        for key, value in (("activation", self.activation), ("dropout", self.dropout)):
            if isinstance(value, list) and len(value) != len(self.hidden):
                raise ValueError(f"{key}: the list has {len(value)} entries for {len(self.hidden)} hidden layers")
        return self


class ResNet(_Network):
    """Residual blocks of two layers, each added to what went into it (Gorishniy et al. 2021)."""

    name: Literal["resnet"] = "resnet"
    n_blocks: Width = 2
    """Blocks, one behind the other."""
    d_block: Width = 192
    """Numbers that go from block to block."""
    d_hidden_multiplier: Annotated[float, Field(gt=0)] = 2.0
    """Neurons inside a block, as a multiple of d_block."""
    activation: Activation = "relu"
    """Inside each block, and before the output."""
    norm: Norm = "batch"
    """Normalisation of what goes into each block and into the output."""
    hidden_dropout: Rate = 0.3
    """Share of the neurons inside a block set to zero while training."""
    residual_dropout: Rate = 0.0
    """Share of what a block adds set to zero while training."""

    @property
    def title(self) -> str:
        return f"{self.name} {self.n_blocks} x {self.d_block}"

    @model_validator(mode="after")
    def _blocks_have_neurons(self) -> Self:
        if self.d_block * self.d_hidden_multiplier < 1:
            raise ValueError(
                f"d_hidden_multiplier: {self.d_hidden_multiplier:g} of d_block: {self.d_block} is less than one neuron"
            )
        return self


Model = Annotated[Linear | Mlp | ResNet, Field(discriminator="name")]
