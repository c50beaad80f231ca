"""Puts the values in for the references (`${section.key}`) of a composed configuration, each key by itself."""

from functools import reduce
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import InterpolationKeyError, InterpolationToMissingValueError, OmegaConfBaseException

from src.config.document import KeyPath
from src.config.safety import leaves
from src.config.validate import Where, dotted


def resolve(config: DictConfig, where: Where) -> tuple[dict[str, Any], dict[KeyPath, str]]:
    """Plain values without Hydra's own section; a sentence for each reference to nothing, and for each ???."""
    tree: Any = OmegaConf.to_container(config)
    del tree["hydra"]
    mistakes: dict[KeyPath, str] = {}
    for path, value in list(leaves(tree)):
        if value == "???":
            mistakes[path] = f"{dotted(path)}: is required; ??? stands for a value to be given ({where(path)})"
        elif not isinstance(value, str) or "${" not in value:
            continue
        try:
            value = reduce(lambda node, key: node[key], path, config)
            value = OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value
        except OmegaConfBaseException as error:
            sentence = f"{dotted(path)}: {value} {_reason(error)} ({where(path)})"
            mistakes.setdefault(path, sentence)
            value = None
        reduce(lambda node, key: node[key], path[:-1], tree)[path[-1]] = value
    return tree, mistakes


def _reason(error: OmegaConfBaseException) -> str:
    match error:
        case InterpolationKeyError():
            return "refers to a key that is not there"
        case InterpolationToMissingValueError():
            return "refers to a key that has no value"
    return "refers to itself" if "ecursive" in str(error) else f"cannot be read: {str(error).splitlines()[0]}"
