#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The history of a live capture whose processes are killed twenty times."""
import harness
from test_history_live import Killed


class Often(Killed):
    """Ten times the process of the history alone, twelve times a worker."""
    WORKERS, WORKER_ROUNDS, WRITER_ROUNDS = 4, 3, 10


del Killed

if __name__ == "__main__":
    harness.main()
