"""Muon for the matrices in the middle of a network, AdamW for all else."""

from typing import Any

from torch import Tensor, nn
from torch.optim import AdamW, Muon, Optimizer

from src.errors import ConfigError

Group = dict[str, Any]


class MuonAndAdamW(Optimizer):
    """Two optimizers that step as one. Muon's steps are scaled to the size of AdamW's, so that one learning rate and
    one decay serve both (Liu et al. 2025, "Muon is scalable for LLM training", section 2.2).

    Muon works in bfloat16 inside, so that two processes equal one to about 3 digits only.
    """

    def __init__(self, muon: Muon, adamw: AdamW) -> None:
        self.both = (muon, adamw)
        super().__init__([*muon.param_groups, *adamw.param_groups], {"lr": adamw.defaults["lr"]})
        self._share_groups()

    def _share_groups(self) -> None:
        """What is set in a group of this optimizer acts in those below."""
        self.param_groups = [group for optimizer in self.both for group in optimizer.param_groups]

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        assert closure is None
        for optimizer in self.both:
            optimizer.step()  # type: ignore[no-untyped-call]

    def state_dict(self) -> dict[str, Any]:
        return {"both": [optimizer.state_dict() for optimizer in self.both]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        for optimizer, state in zip(self.both, state_dict["both"], strict=True):
            optimizer.load_state_dict(state)
        self._share_groups()


def build_muon(
    groups: list[Group],
    network: nn.Module,
    *,
    lr: float,
    weight_decay: float,
    momentum: float,
    nesterov: bool,
    betas: tuple[float, float],
    eps: float,
) -> MuonAndAdamW:
    """Raises ConfigError if there is nothing for Muon in the network."""
    hidden = _hidden_matrices(network)
    if not hidden:
        raise ConfigError(
            "optimizer: muon is for matrices between the first and the last layer, and this network has none; take "
            "adamw, or a deeper network"
        )
    muon = Muon(
        _only(groups, hidden, of=True),
        lr=lr,
        weight_decay=weight_decay,
        momentum=momentum,
        nesterov=nesterov,
        adjust_lr_fn="match_rms_adamw",
    )
    others = _only(groups, hidden, of=False)
    return MuonAndAdamW(muon, AdamW(others, lr=lr, weight_decay=weight_decay, betas=betas, eps=eps, fused=True))


def _hidden_matrices(network: nn.Module) -> set[Tensor]:
    """Weights of the linear layers but the first and the one that gives the logits: what goes in, and what comes out,
    is for AdamW, as are embeddings, biases and norms (K. Jordan, https://kellerjordan.github.io/posts/muon)."""
    linear = [module.weight for module in network.modules() if isinstance(module, nn.Linear)]
    *_, last = (weight for weight in network.parameters() if weight.ndim > 1)
    return {weight for weight in linear[1:] if weight is not last and weight.requires_grad}


def _only(groups: list[Group], chosen: set[Tensor], of: bool) -> list[Group]:
    """The groups with those of their weights that are, or are not, among the chosen ones."""
    cut = [group | {"params": [each for each in group["params"] if (each in chosen) == of]} for group in groups]
    return [group for group in cut if group["params"]]
