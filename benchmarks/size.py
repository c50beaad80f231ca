"""What a large table takes: seconds of reading and encoding, memory of a whole run.

    python -m benchmarks.size                       4,000,000 rows of 28 numbers (64 bits); prints a table
    python -m benchmarks.size rows=100000 columns=5 another size
    python -m benchmarks.size limit=1500            also 20,000,000 rows (limit_rows=) in a process that may take
                                                    1500 MB (RLIMIT_DATA); takes minutes
    python -m benchmarks.size json=true             prints JSON

Reading and encoding: `from_table` from the Parquet file to the files that training maps, as a ratio to a bare
`pl.scan_parquet(...).collect()`; each in a process of its own, without its start. They alternate; of each the fastest
counts, since anything else on the machine only adds time. Memory: the largest resident set of a run of one epoch, less
700 MB for the libraries, as a ratio to the bytes of the float32 matrix.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from src.machine import ROOT

REPEATS = 5
LIBRARIES = 700e6  # bytes
OPTIONS = {"rows": 4_000_000, "columns": 28, "limit": 0, "limit_rows": 20_000_000, "json": False}

_BARE = """
import time
import polars as pl
started = time.perf_counter()
pl.scan_parquet("size.parquet").collect()
print(time.perf_counter() - started)
"""

_PREPARED = """
import time
from pathlib import Path
from src.config.compose import compose
from src.data.origin import Origin
from src.data.prepare import from_table, read
from src.machine import ROOT
dataset = compose(["dataset=size"], Path("conf")).config.dataset
started = time.perf_counter()
from_table(dataset, *read(dataset, ROOT), ROOT, Path("prepared"), lambda: Origin("-", None, None))  # not measured
print(time.perf_counter() - started)
"""

_RUN = """
import resource, sys
from pathlib import Path
limit = int(sys.argv[1]) * 10**6
if limit:
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
from src.command_line import run
from src.data import cache
cache.FOLDER = Path.cwd() / "cache"
sys.exit(run(sys.argv[2:]))
"""

_SETTINGS = ("trainer=cpu", "tracking=none", "trainer.max_epochs=1", "trainer.batch_size=8192", "hydra.run.dir=run")


def make(folder: Path, rows: int, columns: int) -> None:
    """size.parquet, and conf/dataset/size.yaml that describes it."""
    generator = np.random.default_rng(0)
    x = {f"x{number}": generator.standard_normal(rows) for number in range(columns)}
    pl.DataFrame(x | {"y": sum(x.values()) > 0}).write_parquet(folder / "size.parquet")
    (folder / "conf" / "dataset").mkdir(parents=True)
    section = {"name": "size", "path": "size.parquet", "target": "y", "columns": {"numeric": list(x)}}
    (folder / "conf" / "dataset" / "size.yaml").write_text(json.dumps(section))


def python(code: str, *arguments: str, folder: Path) -> tuple[str, int]:
    """What the process prints, and the bytes of its largest resident set. Raises RuntimeError if it fails."""
    with tempfile.TemporaryFile("w+") as printed:
        command, environment = [sys.executable, "-c", code, *arguments], os.environ | {"PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=printed, stderr=printed)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        text = printed.read()
    if process.returncode:
        raise RuntimeError(f"exit code {process.returncode}:\n{text}")
    return text, used.ru_maxrss * 1024


def reading(folder: Path) -> dict[str, float]:
    bare, prepared = [], []
    for _ in range(REPEATS):
        bare.append(float(python(_BARE, folder=folder)[0]))
        prepared.append(float(python(_PREPARED, folder=folder)[0]))
        shutil.rmtree(folder / "prepared")
    ratio = min(prepared) / min(bare)
    return {"polars_s": round(min(bare), 3), "prepared_s": round(min(prepared), 3), "ratio": round(ratio, 2)}


def whole_run(folder: Path, matrix: int, limit: int = 0) -> dict[str, object]:
    """`matrix`: bytes of the numbers as float32; `limit` in MB, 0 for none."""
    started = time.perf_counter()
    printed, peak = python(_RUN, str(limit), "dataset=size", "--config-dir=conf", *_SETTINGS, folder=folder)
    return {
        "run_s": round(time.perf_counter() - started, 1),
        "peak_mb": peak // 10**6,
        "memory_ratio": round((peak - LIBRARIES) / matrix, 2),
        "streamed": "each epoch reads them from the disk" in printed,
    }


def main() -> None:
    given = dict(argument.split("=", 1) for argument in sys.argv[1:])
    options = OPTIONS | {key: json.loads(value) for key, value in given.items()}
    rows, columns, limit = int(options["rows"]), int(options["columns"]), int(options["limit"])
    with tempfile.TemporaryDirectory() as name:
        make(Path(name), rows, columns)
        case = {"case": f"{rows:,} rows x {columns} numbers"}
        figures = case | reading(Path(name)) | whole_run(Path(name), 4 * rows * columns)
    if limit:
        with tempfile.TemporaryDirectory() as name:
            make(Path(name), more := int(options["limit_rows"]), columns)
            limited = whole_run(Path(name), 4 * more * columns, limit)
        figures |= {"limited": f"{more:,} rows in {limit} MB"} | {f"limited_{key}": limited[key] for key in limited}
    table = "\n".join(f"{key:<22}{value}" for key, value in figures.items())
    print(json.dumps(figures) if options["json"] else table)


if __name__ == "__main__":
    main()
