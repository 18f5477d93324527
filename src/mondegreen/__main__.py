"""`python -m mondegreen`, and `torchrun -m mondegreen`: the command line."""

from .cli.main import run

if __name__ == "__main__":  # workers import it again
    run()
