"""Normalisations by name."""

from torch import nn

from src.models.batch_norm import BatchNorm

NORMS: dict[str, type[nn.Module]] = {"batch": BatchNorm, "layer": nn.LayerNorm, "rms": nn.RMSNorm}
"""Over the rows of a batch, over the neurons of a row, or dividing by their root mean square (Zhang & Sennrich 2019).
Each with PyTorch's own defaults; the names are those of `src.config.network.Norm`."""
