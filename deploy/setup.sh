# Sourced by deploy/rehearse and deploy/test: Debian packages and the project's .venv, each only when missing.
# Sets $root. Does not start anything.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
venv="$root/.venv"
setup_log="$root/build/setup.log"

say() { printf '==> %s\n' "$*" >&2; }

fail() {
    printf '!!! %s\n' "$*" >&2
    exit 1
}

# run_quietly <command...>: its output goes to the log, and to the screen only when it fails.
run_quietly() {
    mkdir -p "$root/build"
    if ! "$@" >"$setup_log" 2>&1 </dev/null; then
        tail -n 40 "$setup_log" >&2
        return 1
    fi
}

# install_debian <package...>: by apt, as root or with sudo; otherwise says what to install and ends.
install_debian() {
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "Missing: $*. Nothing was changed. As root run: apt-get install $*"
        as_root=(sudo)
        [ -z "${CI:-}" ] || as_root=(sudo -n)
    fi
    command -v apt-get >/dev/null || fail "Missing: $*. Nothing was changed. Install them with this system's own tool."
    say "installing Debian packages: $*"
    run_quietly "${as_root[@]}" apt-get -qq update || say "apt-get update failed; trying with the lists at hand"
    run_quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq install -y --no-install-recommends "$@" \
        || fail "apt-get could not install: $*. Nothing else was changed. Check the network and run this again."
}

# find_python: prints the first Python of at least 3.11, or fails.
find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3.11 python3 python3.12 python3.13; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

make_venv() {
    local python
    python="$(find_python)" || { install_debian python3 python3-venv && python="$(find_python)"; } \
        || fail "Python 3.11 or newer is needed. Nothing was changed. Set PYTHON to one and run this again."
    "$python" -c 'import ensurepip, venv' 2>/dev/null || install_debian python3-venv
    say "making .venv with $python"
    run_quietly "$python" -m venv --clear "$venv" || fail "could not make $venv; see the lines above"
    run_quietly "$venv/bin/python" -m pip install -q uv || say "uv is not to be had; pip does it, only slower"
}

install_extras() {
    local target="$root[$1]"
    if [ -x "$venv/bin/uv" ] && run_quietly "$venv/bin/uv" pip install -q -p "$venv/bin/python" -e "$target"; then
        return 0
    fi
    run_quietly "$venv/bin/python" -m pip install -q -e "$target" \
        || fail "The Python packages could not be installed. Nothing else was changed. Check the network and run again."
}

# setup_venv <extras>: brings .venv up to pyproject.toml; at once when nothing changed since.
setup_venv() {
    local wanted="$1" stamp="$venv/.kaodian-stamp" state lock
    mkdir -p "$root/build"
    exec {lock}>"$root/build/setup.lock"
    flock "$lock"
    "$venv/bin/python" -c '' 2>/dev/null || make_venv
    state="$(sha256sum "$root/pyproject.toml" | cut -d' ' -f1) $root"
    # What stands for the tests covers a rehearsal too.
    if ! grep -qxF -e "$state $wanted" -e "$state all,dev" "$stamp" 2>/dev/null; then
        say "installing Python packages for [$wanted]"
        install_extras "$wanted"
        printf '%s %s\n' "$state" "$wanted" >"$stamp"
    fi
    exec {lock}>&-
}
