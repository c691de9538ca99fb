"""The portal: what every part of Tributary stands on, and its roof."""

__version__ = "0.1.0"
