"""Waiting for what another process does: asked again until it is so, and told what was waited for when it is not."""

import time

PATIENCE_SECONDS = 30
PAUSE_SECONDS = 0.05


def until(what, probe, patience_seconds=PATIENCE_SECONDS):
    """Asks `probe` until its answer is something; that answer."""
    end = time.monotonic() + patience_seconds
    while True:
        found = probe()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {patience_seconds} s: {what}")
        time.sleep(PAUSE_SECONDS)
