"""Where a server listens."""

import pytest

from src.errors import MachineError
from src.serving.server import address, opened


@pytest.mark.parametrize(("host", "begin"), [("127.0.0.1", "http://127.0.0.1:"), ("::1", "http://[::1]:")])
def test_the_address_is_one_that_a_browser_takes(host: str, begin: str) -> None:
    try:
        listening = opened(host, 0)
    except MachineError:
        pytest.skip(f"this machine has no {host}")
    with listening:
        assert address(listening) == f"{begin}{listening.getsockname()[1]}"
