"""The portable model: a folder with weights and JSON, from raw rows to predictions, without pickle.

    weights.safetensors   the network's weights and buffers, float32; of an ensemble with 0., 1., ... in front
    bundle.json           format, features (columns, vocabularies, what was fitted), model section, hashes, versions
    README.md             the model card
    network.py            of a network of the user's own (`model=custom`): its code

Needs torch, safetensors and polars; neither Lightning nor MLflow.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from src import atomic, custom_code
from src.data.features import Features
from src.errors import ConfigError, MachineError
from src.models.build import build
from src.models.ensemble import Ensemble
from src.models.network import Network

FORMAT, OLDEST = 3, 2
"""Raised when the layout of bundle.json changes; a bundle says which one it has. The oldest that is read has nothing
that was fitted after training (`OutputSpec.post_hoc`)."""


@dataclass(frozen=True)
class Bundle:
    """`network` is in evaluation mode: `network(x_num, x_cat)` gives logits float32 [n, d_out] or [n, members, d_out].
    """

    network: Network | Ensemble
    features: Features
    facts: dict[str, Any]
    """JSON-able: config (resolved), config_hash, data, versions, validation metrics, example (raw rows), run, and how
    many train rows are of each class or have each label (classes)."""

    @classmethod
    def load(cls, folder: str | Path, allow_custom: bool = False) -> "Bundle":
        """`allow_custom`: the caller's word that code in the bundle may be run.

        Raises MachineError if the folder is no bundle, is damaged or was written by a newer or older Rookery, and
        ConfigError if it would have to run code without that word.
        """
        folder = Path(folder)
        description = _read_json(folder / "bundle.json")
        if description["format"] > FORMAT:
            raise MachineError(f"{folder} has format {description['format']}, this Rookery reads {FORMAT}. Update it.")
        if description["format"] < OLDEST:
            older = description["format"]
            raise MachineError(f"{folder} has format {older}, this Rookery reads {OLDEST} to {FORMAT}. Train again.")
        weights = _read_weights(folder / "weights.safetensors", description["weights_sha256"])
        try:
            features = Features.from_dict(description["features"])
            network = built(_allowed(description["model"], folder, allow_custom), features, weights)
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise MachineError(f"{folder} contradicts itself ({error}). {_REMEDY}") from None
        return cls(network, features, description["facts"])


def write(
    folder: Path,
    weights: dict[str, Tensor],
    features: Features,
    model: dict[str, Any],
    facts: dict[str, Any],
    code: bytes | None = None,
) -> None:
    """`code` of a network of the user's own. Raises MachineError if the disk refuses."""
    folder.mkdir(parents=True, exist_ok=True)
    if code is not None:
        atomic.write_bytes(folder / custom_code.COPY, code)
    content = safetensors.torch.save({key: value.detach().cpu().contiguous() for key, value in weights.items()})
    atomic.write_bytes(folder / "weights.safetensors", content)
    description = {
        "format": FORMAT,
        "weights_sha256": hashlib.sha256(content).hexdigest(),
        "model": model,
        "features": features.to_dict(),
        "facts": facts,
    }
    atomic.write_json(folder / "bundle.json", {**description, "sha256": atomic.json_digest(description)})


def built(model: dict[str, Any], features: Features, weights: dict[str, Tensor]) -> Network | Ensemble:
    """The network of a section `model`, in evaluation mode, with these weights."""
    members = model.get("ensemble", 1)  # bundles from before there were ensembles say nothing
    output = features.output
    with torch.random.fork_rng(devices=[]):  # initial weights are drawn only to be replaced
        networks = [build(model, features.input, output.d_out, output.parallel) for _ in range(members)]
    network = networks[0] if members == 1 else Ensemble(networks)
    network.load_state_dict(weights)
    return network.eval()


def _allowed(model: dict[str, Any], folder: Path, allow_custom: bool) -> dict[str, Any]:
    """The section, with the copy in the bundle in the place of the user's file."""
    if model["name"] != "custom":
        return model
    if not allow_custom:
        raise ConfigError(custom_code.refusal(f"{folder / custom_code.COPY}: this model"))
    return model | {"path": str(folder.absolute() / custom_code.COPY)}


_REMEDY = "Restore the folder or train again."


def _read_json(path: Path) -> dict[str, Any]:
    try:
        description: dict[str, Any] = json.loads(path.read_bytes())
        digest = description.pop("sha256")
        if atomic.json_digest(description) == digest:
            return description
        reason = "its checksum is wrong"
    except FileNotFoundError:
        raise MachineError(
            f"No bundle at {path.parent}: {path.name} is missing. Required: the folder bundle of a finished run."
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        reason = str(error)
    raise MachineError(f"{path} is damaged ({reason}). {_REMEDY}")


def _read_weights(path: Path, sha256: str) -> dict[str, Tensor]:
    try:
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() == sha256:
            weights: dict[str, Tensor] = safetensors.torch.load(content)
            return weights
        reason = "its checksum is wrong"
    except FileNotFoundError:
        raise MachineError(f"{path} is missing. {_REMEDY}") from None
    except (OSError, SafetensorError) as error:
        reason = str(error)
    raise MachineError(f"{path} is damaged ({reason}). {_REMEDY}")
