"""The only room that opens paths: readers of every format, and of the configuration."""

from mapaccuracy.io.config import read_config
from mapaccuracy.io.inputs import read, read_all
from mapaccuracy.io.write import open_copy, open_folder, to_bytes

__all__ = ["open_copy", "open_folder", "read", "read_all", "read_config", "to_bytes"]
