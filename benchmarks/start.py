"""Seconds from the command to its answer, for what needs no training; whole processes, the fastest of five.

    python -m benchmarks.start
"""

import subprocess
import sys
import time

COMMANDS = {
    "three typos": ["modle=mlp", "model.hiden=[10]", "optimizer=adamm"],
    "--help": ["--help"],
    "--cfg job": ["--cfg", "job"],
}


def seconds(arguments: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "src.train", *arguments], capture_output=True, check=False)
    return time.perf_counter() - started


def main() -> None:
    for name, arguments in COMMANDS.items():
        print(f"{name:<12}{min(seconds(arguments) for _ in range(5)):.2f} s")


if __name__ == "__main__":
    main()
