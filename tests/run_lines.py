# run_lines.py - lit's format of this suite: a test is a file with a RUN line.
import lit.formats


class FilesWithRunLines(lit.formats.ShTest):
    """In a module of its own, because lit hands it to other processes by name."""

    def getTestsInDirectory(self, suite, path, config, local):
        for test in super().getTestsInDirectory(suite, path, config, local):
            with open(test.getSourcePath(), "rb") as file:
                if ("RUN" + ":").encode() in file.read(1 << 20):
                    yield test
