"""The portal: what every part of Tributary stands on, and its roof."""
