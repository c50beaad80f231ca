"""A way to a server that a test can shut, as if the server were gone."""

import socket
import threading
from contextlib import suppress


class Gate:
    """Passes what comes to `address` on to the port `target` while it is open; shut, nobody answers there."""

    def __init__(self, target: int) -> None:
        self.target = target
        self._listener: socket.socket | None = None
        self._live: list[socket.socket] = []
        self._port = 0
        self.open()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def is_open(self) -> bool:
        return self._listener is not None

    def open(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self._port))  # the same port each time
        self._port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def shut(self) -> None:
        """Connections that are open end too."""
        assert self._listener is not None
        listener, self._listener = self._listener, None
        for each in (listener, *self._live):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._live.clear()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):  # shut
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
                self._live += [client, server]
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=_pass_on, args=(source, sink), daemon=True).start()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while block := source.recv(1 << 16):
            sink.sendall(block)
        sink.shutdown(socket.SHUT_WR)
