"""`python -m jaxmotif` is `jaxmotif`."""

from jaxmotif.apps import cli

if __name__ == "__main__":
    cli.main()
