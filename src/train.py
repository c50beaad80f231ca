"""Trains a network from YAML: `python -m src.train --help`."""

import sys

from src.command_line import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
