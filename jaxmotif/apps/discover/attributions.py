"""What the networks of a run attribute to every letter, in the files that `modisco motifs` reads."""

import pathlib

from jaxmotif.apps.discover.discovery import Discovery
from jaxmotif.interpret import attribution, modisco_files


def write(found: Discovery, folder: pathlib.Path) -> None:
    """Writes attributions.npz and one_hot.npz where the settings ask for them, and removes them elsewhere.

    Both have an array arr_0 of shape (positives, 4, L): hypothetical contributions to the mean logit of the
    first round's networks (float32), and the letters (uint8, N = zeros). Positives are those of the user's
    own file; their names are the array "names" of one_hot.npz.
    """
    if not found.settings.attributions:
        for name in (modisco_files.ATTRIBUTIONS, modisco_files.ONE_HOT):  # of an analysis with other settings
            (folder / name).unlink(missing_ok=True)
        return
    network = next(one.network for one in found.networks if one.objective == "supervised")
    data = found.own.positives
    values_nl4 = attribution.hypothetical_contributions(network, data)
    modisco_files.write(folder, data.sequences, values_nl4, data.names)
