"""`python -m das_tui`, the same as `das-tui`."""

from das_tui.cli.main import main

if __name__ == "__main__":
    main()
