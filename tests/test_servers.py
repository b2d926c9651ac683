"""The servers the other tests rely on."""

import os
import subprocess

import pytest

from tests.servers import JackServer


@pytest.mark.jack
def test_a_jack_client_reaches_the_server(jack_server: JackServer) -> None:
    listing = subprocess.run(["jack_lsp", "-s", jack_server.name], capture_output=True, text=True, check=True)
    assert "system:playback_1" in listing.stdout
    assert os.environ["JACK_DEFAULT_SERVER"] == jack_server.name


@pytest.mark.gui
def test_a_window_program_reaches_the_screen(display: str) -> None:
    size = subprocess.run(
        ["xdotool", "getdisplaygeometry"],
        env=os.environ | {"DISPLAY": display},
        capture_output=True,
        text=True,
        check=True,
    )
    assert size.stdout.split() == ["1600", "1000"]
