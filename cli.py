"""Launcher for a checkout: python cli.py evaluate ..."""

from mapaccuracy.commands import main

if __name__ == "__main__":
    main()
