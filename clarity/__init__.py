"""Clarity: is this image or video of a person a deepfake, and why.

The library: no Ray, no web framework, and importing it does nothing.
"""
