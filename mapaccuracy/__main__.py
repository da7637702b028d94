"""``python -m mapaccuracy``."""

from mapaccuracy.commands import main

if __name__ == "__main__":
    main()
