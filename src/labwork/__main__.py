"""``python -m labwork`` is the ``labwork`` command."""

from labwork.cli import main

if __name__ == "__main__":
    main()
