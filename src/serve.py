"""A web server for a trained model.

    python -m src.serve model=RUN                  on http://127.0.0.1:8000, with a page that shows how to ask
    python -m src.serve model=RUN port=9000
    python -m src.serve model=RUN host=0.0.0.0     for other machines too, without a password

    curl localhost:8000/predict -H 'Content-Type: application/json' -d '[{"column": 1.5, ...}]'

RUN is a run folder, an exported bundle (FILE.zip), an MLflow run id or models:/name@alias. If its network is a Python
file of somebody's own (model=custom), allow_custom=true lets that be run. GET /health tells whether it answers, GET
/metrics what it counted. SIGTERM or Ctrl+C ends it once the requests under way are answered.
"""

import sys
from collections.abc import Sequence

from src.command_line import exit_code

OPTIONS = {
    "model": "the run: model=FOLDER, an MLflow run id or models:/name@alias",
    "host": "the address to listen on: host=127.0.0.1",
    "port": "port=8000; 0 takes a free one",
    "allow_custom": "allow_custom=true lets a model that is a network of its own (model=custom) run its code",
}
_PORTS = 65_535


def serve(arguments: Sequence[str]) -> None:
    """Raises ConfigError for wrong options, MachineError for a damaged bundle or a port that is taken."""
    from src import arguments as command_line
    from src.errors import ConfigError
    from src.model_folder import bundle_folder

    options = command_line.read(arguments, OPTIONS, required=["model"])
    if not (port := options.get("port", "8000")).isdecimal() or int(port) > _PORTS:
        raise ConfigError(f"port={port}: required: a whole number up to {_PORTS}")
    allowed = command_line.switch(options, "allow_custom")
    folder = bundle_folder(options["model"])
    from src.inference import Predictor
    from src.serving import app, proof, server

    predictor = Predictor.load(folder, allow_custom=allowed)
    proved = proof.prove(predictor)
    listening = server.opened(options.get("host", "127.0.0.1"), int(port))
    print(f"{options['model']} answers on {server.address(listening)}, where a page shows how to ask")
    print("\n".join(proved), flush=True)
    server.run(app.application(predictor), listening)


def main() -> int:
    if not sys.argv[1:] or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        return 0
    return exit_code(lambda: serve(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
