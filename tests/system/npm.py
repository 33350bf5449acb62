# SPDX-License-Identifier: ISC
"""Programs of the npm registry that tests ask, by npm's own client; kept in the build folder."""

import os
import shutil
import subprocess
import tempfile

from harness import BUILD


def modules(name, *packages):
    """The folder node_modules with these packages ("NAME@VERSION"), None: not to be had here."""
    kept = BUILD / "tests" / "npm" / name
    found = kept / "node_modules"
    if found.is_dir():
        return found
    if not shutil.which("npm") or not shutil.which("node"):
        return None
    kept.parent.mkdir(parents=True, exist_ok=True)
    folder = tempfile.mkdtemp(dir=kept.parent)
    done = subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder,
                           *packages], capture_output=True, check=False)
    try:
        if done.returncode == 0:
            os.rename(folder, kept)
    except OSError:
        pass  # another test was faster
    shutil.rmtree(folder, ignore_errors=True)
    return found if found.is_dir() else None
