"""Group `model`: the architecture. Field = key in YAML = argument of the class of that name in `src/models`."""

from typing import Annotated

from pydantic import Field

from src.config.custom import Custom
from src.config.ft_transformer import FtTransformer
from src.config.linear import Linear
from src.config.mlp import Mlp
from src.config.realmlp import RealMlp
from src.config.resnet import ResNet
from src.config.tabm import TabM

Model = Annotated[Linear | Mlp | ResNet | TabM | RealMlp | FtTransformer | Custom, Field(discriminator="name")]
