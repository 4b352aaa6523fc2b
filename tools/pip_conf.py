"""Print this user's effective pip configuration (files and PIP_ variables alike) as one pip.conf.

ansible-test passes neither PIP_ variables nor the user's home on to the pip that it runs; a mirror, a certificate or a
cache that is set there has to reach it through a file.
"""

import ast
import subprocess
import sys


def pip(*arguments: str) -> str:
    return subprocess.run([sys.executable, "-m", "pip", *arguments], check=True, capture_output=True, text=True).stdout


options = {"cache-dir": pip("cache", "dir").strip()}
for line in pip("config", "list").splitlines():
    name, _, value = line.partition("=")
    section, _, option = name.rpartition(".")
    if section in ("global", "install", ":env:"):
        options[option] = str(ast.literal_eval(value))
options.pop("require-virtualenv", None)

print("[global]")
for option, value in sorted(options.items()):
    print(f"{option} = " + value.replace("\n", "\n    "))
