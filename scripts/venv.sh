# Sourced by the scripts: makes .venv from a lock file, again only when the lock file has changed.
# Usage: make_venv LOCKFILE [OPTION OF pip install]… (the working directory is the project's root)

say() { printf '%s\n' "$*" >&2; }

find_python() {
  local name
  for name in python3 python3.14 python3.13 python3.12 python3.11; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
      echo "$name"
      return
    fi
  done
  say "hallwatch needs Python 3.11 or newer; none was found."
  return 1
}

# Debian's python3 comes without the part that puts pip into a new environment.
allow_venv() {
  "$1" -c 'import ensurepip, venv' 2>/dev/null && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "Installing python3-venv …"
    apt-get update -qq >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
  else
    say "Python's venv module is incomplete here. Once, as root:  apt-get install python3-venv"
    return 1
  fi
}

make_venv() {
  local lock=$1 python mark
  shift
  mark=".venv/made-from-$(sha256sum "$lock" pyproject.toml | sha256sum | cut -c1-16)"
  [ -e "$mark" ] && return
  python=$(find_python)
  allow_venv "$python"
  say "Making .venv from $lock (half a minute, once) …"
  [ -x .venv/bin/pip ] || "$python" -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes "$@" -r "$lock"
  .venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
  touch "$mark"
}
