"""What a network is to answer, as the data and the loss say together."""

from src.config.config import Config
from src.data.counts import check_counts
from src.data.names import listed
from src.data.prepared import Prepared
from src.errors import ConfigError
from src.outputs import with_head
from src.spec import OutputSpec


def output_of(config: Config, prepared: Prepared) -> OutputSpec:
    """Raises ConfigError if the loss needs an order of the classes and there is none, DataError if it needs counts and
    the target holds other numbers."""
    output = with_head(prepared.features.output, config.loss.model_dump())
    match output.head:
        case "poisson":
            check_counts(prepared)
        case "coral" | "corn" if config.dataset.classes is None:
            _check_order(output)
    return output


def _check_order(output: OutputSpec) -> None:
    """Numbers are in order by themselves."""
    if not all(map(_is_number, output.classes)):
        raise ConfigError(
            f"loss={output.head} needs an order of the classes, and those of {output.name!r} are words: "
            f"{listed(output.classes)}. Write them from lowest to highest: dataset.classes: [...]"
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
