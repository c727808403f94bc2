"""TF-MoDISco on what networks attribute to sequences: the program `modisco` of tf-modisco-lite."""

import pathlib
import resource
import subprocess
import tempfile
import time

from jaxmotif.data.dataset import Dataset
from jaxmotif.interpret import attribution, modisco_files
from jaxmotif.models.network import Network
from jaxmotif.motifs import modisco
from jaxmotif.motifs.motif import Motif

# Seqlets at most: more than there are.
SEQLETS = 20_000
# Patterns that speak for the class, not against it.
FOR = modisco.GROUPS[0]


class Failed(Exception):
    """MoDISco ended without a result."""


def cpu_seconds() -> float:
    """CPU seconds of this process, all its threads, and of those that it has started and that have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def patterns(program: str, network: Network, positives: Dataset, target: int = 0) -> list[Motif]:
    """Returns the motifs that MoDISco finds in contributions to the logit of `target`, in its order.

    Args:
      program: path of `modisco`.
      network: trained networks.
      positives: sequences of the class.
      target: number of the class, from 0.

    Raises:
      ValueError: if the program cannot be started.
      Failed: if it fails, with its last words.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        values_nl4 = attribution.hypothetical_contributions(network, positives, target=target)
        modisco_files.write(folder, positives.sequences, values_nl4, positives.names)
        result = folder / "modisco_results.h5"
        # The middle of the sequences, all of it: an even number of letters.
        command = [program, "motifs", "-s", folder / modisco_files.ONE_HOT, "-o", result]
        command += ["-a", folder / modisco_files.ATTRIBUTIONS]
        command += ["-n", str(SEQLETS), "-w", str(positives.length - positives.length % 2)]
        try:
            subprocess.run(command, capture_output=True, text=True, check=True)
        except OSError as error:
            raise ValueError(f"--modisco={program} cannot be started: {error}") from None
        except subprocess.CalledProcessError as error:
            words = (error.stderr or "").strip().splitlines()
            raise Failed(words[-1] if words else f"exit code {error.returncode}") from None
        found = modisco.read(result, may_be_empty=True)
    return [motif for motif in found if motif.name.startswith(FOR)]
