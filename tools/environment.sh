# Sourced by the scripts beside it: sets `root` and makes .venv with the package in it, where needed.
# PYTHON names another interpreter than python3. Reinstalls only when setup.cfg has changed.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
venv="$root/.venv"
python="${PYTHON:-python3}"

if [ ! -x "$venv/bin/python" ]; then
  if ! command -v "$python" >/dev/null 2>&1; then
    echo "jaxmotif needs Python 3.11 or newer, and there is no '$python' here; set PYTHON to one." >&2
    exit 2
  fi
  if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "jaxmotif needs Python 3.11 or newer; '$python' is $("$python" -V 2>&1); set PYTHON to a newer one." >&2
    exit 2
  fi
  echo "making $venv with $("$python" -V 2>&1)"
  if ! "$python" -m venv "$venv"; then
    rm -rf "$venv"
    echo "could not make a virtual environment (Debian and Ubuntu: apt-get install python3-venv)." >&2
    exit 2
  fi
fi

# The copy of setup.cfg inside the environment says what is installed there.
if ! cmp -s "$root/setup.cfg" "$venv/installed-setup.cfg"; then
  echo "installing the package and its dependencies into $venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -e "$root[data,test]"
  cp "$root/setup.cfg" "$venv/installed-setup.cfg"
fi
