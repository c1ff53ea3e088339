"""Runs a target under atheris: `python -m tests.fuzz.coverage_guided seed|request [OPTION OF LIBFUZZER]…`.

It starts from the corpus beside this file and puts what it finds into a folder of its own, whose name it says; an
input that breaks a promise ends it, and lies there too.
"""

import sys
from pathlib import Path
from tempfile import mkdtemp

import atheris

HERE = Path(__file__).parent


def main(name: str, *options: str) -> None:
    """Fuzz a target until libFuzzer's options, or a broken promise, end it."""
    with atheris.instrument_imports(include=["mockserver", "yaml"]):
        import mockserver.api.validation
        import mockserver.seeds.schema  # noqa: F401  # both are imported late, and would not be instrumented
        from tests.fuzz import targets
    found = mkdtemp(prefix=f"fuzz-{name}-")
    print(f"fuzzing {name}; what is found goes to {found}", flush=True)
    where = [f"-dict={HERE / 'corpus' / name}.dict", f"-artifact_prefix={found}/", found, str(HERE / "corpus" / name)]
    atheris.Setup([sys.argv[0], "-timeout=10", "-rss_limit_mb=1024", *options, *where], getattr(targets, name))
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
