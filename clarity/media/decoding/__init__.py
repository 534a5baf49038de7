"""The process that decodes: everything here runs apart from the rest, under limits.

`python -m clarity.media.decoding REQUEST` is started by `clarity.media.decode` and by nothing
else. It imports Pillow for pictures, PyAV and NumPy for videos, and none of the detectors.
"""
