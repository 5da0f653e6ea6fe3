"""Starting the suite on free ports and a temporary folder, and stopping it."""

import contextlib
import pathlib
import socket
import subprocess
import tempfile

import requests

from waiting import until

PATIENCE_SECONDS = 120


def free_ports():
    """Free ports for HTTP and for the provider, and the first of four in a row for gRPC."""
    for base in range(42000, 60000, 7):
        held = []
        try:
            for port in range(base, base + 6):
                held.append(socket.create_server(("127.0.0.1", port)))
            return base, base + 1, base + 2
        except OSError:
            continue
        finally:
            for one in held:
                one.close()
    raise SystemExit("no six free ports in a row")


def wait_until_ready(base, suite, log):
    """Ready is: it says so, which it does once its demonstration is loaded, and it answers."""

    def is_ready():
        if suite.poll() is not None:
            raise SystemExit(f"the suite ended with {suite.returncode}; it wrote:\n{log.read_text()}")
        if "Pathfinder is ready." not in log.read_text():
            return False
        return requests.get(f"{base}/readyz", timeout=2).status_code == 200

    try:
        until("the suite is ready", is_ready, PATIENCE_SECONDS)
    except AssertionError as error:
        raise SystemExit(f"{error}; it wrote:\n{log.read_text()}")


def stop(suite):
    """Stops the suite with a signal; the status with which it ends."""
    suite.terminate()
    try:
        return suite.wait(timeout=30)
    except subprocess.TimeoutExpired:
        suite.kill()
        raise SystemExit("the suite does not stop within 30 s of a signal")


def program(arguments):
    """The binary that is named first, or that of the tests."""
    root = pathlib.Path(__file__).resolve().parent.parent.parent
    return arguments[0] if arguments else str(root / "target/debug/pathfinder")


@contextlib.contextmanager
def running(program, folder, base, grpc, *flags, environment=None):
    """A suite that is ready, with its data in `folder`, and with the variables `environment` or ours; it must end well when it is told to."""
    http, log = base.rsplit(":", 1)[1], folder / "suite.log"
    line = [program, "--listen", f"127.0.0.1:{http}", "--port-base", str(grpc), "--data-dir", f"{folder}/data", *flags]
    with log.open("w") as output:
        suite = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment)
    try:
        wait_until_ready(base, suite, log)
        yield suite
    finally:
        ended = stop(suite)
    text = log.read_text()
    if ended != 0:
        raise SystemExit(f"the suite ends with 0 after a signal, not {ended}; it wrote:\n{text}")
    if "panicked" in text:
        raise SystemExit(f"the suite panicked; it wrote:\n{text}")


@contextlib.contextmanager
def scratch():
    """A folder that goes when it is done with."""
    with tempfile.TemporaryDirectory(prefix="pathfinder-clients-") as name:
        yield pathlib.Path(name)
