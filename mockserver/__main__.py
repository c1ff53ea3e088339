"""`python -m mockserver` is the command `mockserver`."""

from mockserver.command.main import main

if __name__ == "__main__":
    main(prog_name="mockserver")
