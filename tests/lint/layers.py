# layers.py - every #include of the compiler goes to its own layer or a lower one, as the table in
# docs/ARCHITECTURE.md says.
# RUN: %python %s %root
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
table = {}
for line in (root / "docs/ARCHITECTURE.md").read_text().splitlines():
    row = re.match(r"\| `(\w+)` \|([\w ]*)\|", line)
    if row:
        table[row[1]] = set(row[2].split()) | {row[1]}

wrong = []
for path in sorted((root / "compiler").rglob("*.[ch]")):
    layer = path.relative_to(root / "compiler").parts[0]
    for number, line in enumerate(path.read_text().splitlines(), 1):
        include = re.match(r'\s*#\s*include "(\w+)/', line)
        if layer not in table:
            wrong.append("%s: the folder %s has no row in docs/ARCHITECTURE.md" % (path, layer))
            break
        if include and include[1] not in table[layer]:
            wrong.append("%s:%d: %s may not include %s" % (path, number, layer, include[1]))

print("\n".join(wrong))
sys.exit(1 if wrong or not table else 0)
