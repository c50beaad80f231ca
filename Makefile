# make repro   from a fresh clone to a trained, tested, tracked model
# make test    from a fresh clone to the tests' summary
PYTHON ?= python3
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export MLFLOW_DISABLE_TELEMETRY := true

.PHONY: repro test check clean

repro: .venv/ready data/penguins.csv
	@dvc repro
	@python -m src.results

test: .venv/ready data/penguins.csv
	@pytest -n 2 --dist worksteal $(PYTEST)

check: .venv/ready
	@ruff check .
	@mypy

# The versions in constraints.txt, for this machine's kind of torch (CPU or CUDA); made anew when they change.
.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

# data.dvc names the content; the remote it comes from lies in the repository.
data/penguins.csv: .venv/ready data.dvc
	@dvc pull --quiet data.dvc
	@touch $@

clean:
	rm -rf .venv build/prepared build/unfinished runs
