# numpy.sh DIR - what files.c wrote is a sound zip file, which numpy reads where Python has it.
python3 - "$1" <<'PYTHON'
import sys, zipfile
folder = sys.argv[1]
archive = zipfile.ZipFile(folder + '/m.npz')
assert archive.testzip() is None
assert archive.namelist() == ['net.layers.0.W.npy', 'net.layers.0.b.npy', 'decay.npy']
try:
    import numpy
except ImportError:
    sys.exit(0)
m = numpy.load(folder + '/m.npz')
assert m['net.layers.0.W'].shape == (3, 2) and m['decay'].shape == ()
assert numpy.allclose(m['net.layers.0.b'], numpy.sin([6, 7, 8]) / 3)
assert numpy.load(folder + '/a.npy').shape == (2, 1, 3)
PYTHON
