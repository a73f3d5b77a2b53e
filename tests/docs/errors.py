# errors.py - the examples of lang/errors.def are true: each bad program gives its message, each good one
# compiles; and docs/ERRORS.md says what errors.def says.
# RUN: %python %root/scripts/errors_doc --check
# RUN: %python %s %root %dpc %t
import importlib.machinery
import importlib.util
import pathlib
import subprocess
import sys

root, dpc, out = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
out.mkdir(parents=True, exist_ok=True)
loader = importlib.machinery.SourceFileLoader("errors_doc", str(root / "scripts/errors_doc"))
sys.dont_write_bytecode = True
spec = importlib.util.spec_from_loader("errors_doc", loader)
errors_doc = importlib.util.module_from_spec(spec)
loader.exec_module(errors_doc)


def compile_text(name, text):
    source = out / (name + ".dp")
    source.write_text(text + "\n", encoding="utf-8")
    return subprocess.run([dpc, str(source), "-o", str(source.with_suffix(".c"))],
                          capture_output=True, text=True)


failed = 0
for code, name, _, _, bad, good in errors_doc.rows():
    if bad and "[%s]" % code not in compile_text(code + "-bad", bad).stderr:
        failed += 1
        print("%s: the bad example does not give it:\n%s\n" % (code, bad))
        print(compile_text(code + "-bad", bad).stderr)
    if good:
        done = compile_text(code + "-good", good)
        if done.returncode:
            failed += 1
            print("%s: the good example is refused:\n%s\n%s" % (code, good, done.stderr))
sys.exit(1 if failed else 0)
