"""Stand in for the get-pip.py that ansible-test downloads, so that its environments need nothing but the package registry.

ansible-test looks for the script in its cache before it downloads, and runs it with the packages to install as arguments
(pip==25.2, and options of its own). Python brings a pip along; that one installs what was asked for.
"""

import subprocess
import sys

# Not ensurepip.bootstrap(): it turns pip's configuration off for the rest of the process.
subprocess.check_call([sys.executable, "-m", "ensurepip", "--default-pip"], stdout=subprocess.DEVNULL)
packages = [argument for argument in sys.argv[1:] if "==" in argument]
subprocess.check_call([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages])
