"""A JupyterLab of its own, for as long as a test needs it."""

import os
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager

import pytest

#: In the page of JupyterLab: the kernel of an open notebook has nothing to do.
IDLE = "[...jupyterapp.shell.widgets('main')].some(w => w.sessionContext?.session?.kernel?.status === 'idle')"


@contextmanager
def serve(folder, python, **environment):
    """Serve `folder` with the JupyterLab of an interpreter, and give its address.

    Settings and log stay in ``folder/.lab``.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = folder / ".lab"
    home.mkdir()
    folders = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "RUNTIME", "DATA")}
    folders |= {"HOME": str(home), "JUPYTERLAB_SETTINGS_DIR": str(home / "settings")}
    command = [python, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", "--ip=127.0.0.1"]
    command += ["--ServerApp.port_retries=0", "--IdentityProvider.token=", f"--ServerApp.root_dir={folder}"]
    command += [
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(command, env=os.environ | folders | environment, stdout=log, stderr=log, cwd=folder)
        try:
            address = f"http://127.0.0.1:{port}"
            for _ in range(360):
                try:
                    with urllib.request.urlopen(f"{address}/api", timeout=1):
                        break
                except OSError:
                    assert server.poll() is None, (home / "server.log").read_text()
                    time.sleep(0.25)
            else:
                pytest.fail("JupyterLab did not answer within 90 s:\n" + (home / "server.log").read_text())
            yield address
        finally:
            server.terminate()  # the server shuts its kernels down before it goes
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
