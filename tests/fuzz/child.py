"""One turn of a campaign in a process of its own: one target under atheris, its decoder instrumented.

Arguments are those that `tests.fuzz.campaign` passes. libFuzzer ends the process; it prints what it executed.
"""

import sys

PACKAGES = ["shared", "central_platform", "site_server", "proctor_console", "candidate_client"]
PATIENCE = 4.0
"""How much slower than uninstrumented code may be."""


def main() -> None:
    """`python -m tests.fuzz.child TARGET [libFuzzer's own options and folders]`."""
    import atheris

    from tests.fuzz import registry
    from tests.fuzz.target import run_one, warmed
    from tests.fuzz.values import mutate

    name, *options = sys.argv[1:]
    with atheris.instrument_imports(include=PACKAGES, enable_loader_override=False):
        target = registry.find(name)
    warmed(target)

    def once(data: bytes) -> None:
        run_one(target, data, PATIENCE)

    def mutated(data: bytes, most: int, seed: int) -> bytes:
        return mutate(data, most, seed, target.shape, atheris.Mutate)

    # To minimise, libFuzzer has a shell run its first argument again.
    again = f"{sys.executable} -m tests.fuzz.child {name}"
    if target.shape == "bytes":
        atheris.Setup([again, *options], once)
    else:
        atheris.Setup([again, *options], once, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
