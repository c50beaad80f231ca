"""Runs the application on a port until a signal comes."""

import socket

import uvicorn
from fastapi import FastAPI

from src.errors import MachineError

_SECONDS = 10
"""That requests under way have when the server is asked to stop."""


def opened(host: str, port: int) -> socket.socket:
    """Listens. `port` 0 takes a free one. Raises MachineError if that may not be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends small answers at once (TCP_NODELAY) only where the protocol is named, else each takes 40 ms
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen()  # from now on requests wait
        return listening
    except OSError as error:
        listening.close()
        remedy = "choose another port=N or host="
        raise MachineError(f"{host}:{port} cannot be listened on: {error.strerror}; {remedy}") from None


def address(listening: socket.socket) -> str:
    """As people write it into a browser."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(app: FastAPI, listening: socket.socket) -> None:
    """After SIGTERM or Ctrl+C no request is taken any more, those under way are answered, then the signal acts."""
    settings = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=_SECONDS)
    uvicorn.Server(settings).run(sockets=[listening])
