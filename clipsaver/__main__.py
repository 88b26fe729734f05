"""`python -m clipsaver` is `clipsaver`."""

from clipsaver.cli.main import entry

if __name__ == "__main__":
    entry()
