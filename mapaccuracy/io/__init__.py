"""The only room that opens paths: readers of every format, and of the configuration."""

from mapaccuracy.io.config import Configuration, find_config, read_config
from mapaccuracy.io.inputs import read, read_all
from mapaccuracy.io.inspecting import inspect_file
from mapaccuracy.io.returned import returned_workbook
from mapaccuracy.io.single import (
    append_file,
    check_target,
    is_file,
    read_json,
    relative_paths,
    relative_to_file,
    write_file,
)
from mapaccuracy.io.write import open_copy, open_folder, same_place, to_bytes

__all__ = [
    "Configuration",
    "append_file",
    "check_target",
    "find_config",
    "inspect_file",
    "is_file",
    "open_copy",
    "open_folder",
    "read",
    "read_all",
    "read_config",
    "read_json",
    "relative_paths",
    "relative_to_file",
    "returned_workbook",
    "same_place",
    "to_bytes",
    "write_file",
]
