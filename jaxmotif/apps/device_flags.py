"""Flags of where networks train and read: devices, processes, and how work is cut for them."""

from absl import flags

from jaxmotif import memory, processes
from jaxmotif.models import convolution
from jaxmotif.training import devices


def of_training(values: flags.FlagValues) -> None:
    """Defines the flags of every command in which networks train."""
    flags.DEFINE_integer(
        "data_devices",
        devices.data_devices,
        "Devices that share the batches of one network, which changes last digits; 0 uses all there are.",
        lower_bound=0,
        flag_values=values,
    )
    flags.DEFINE_enum(
        "stream",
        devices.stream,
        ["auto", "yes", "no"],
        "Training data stay on the host and are read ahead: auto, where devices do not hold them.",
        flag_values=values,
    )
    of_reading(values)


def of_processes(values: flags.FlagValues) -> None:
    """Defines how several processes find each other, see `processes.begin`."""
    define = {"flag_values": values}
    flags.DEFINE_enum(
        "distributed",
        "no",
        list(processes.METHODS),
        "Networks are trained by all processes that a launcher has started with this command, such as srun "
        "or mpirun; auto finds which.",
        **define,
    )
    flags.DEFINE_string(
        "coordinator", "", "host:port of process 0, for processes that no launcher has started.", **define
    )
    flags.DEFINE_integer("processes", -1, "With --coordinator: how many processes there are.", **define)
    flags.DEFINE_integer("process", -1, "With --coordinator: which of them this is, from 0.", **define)


def of_reading(values: flags.FlagValues) -> None:
    """Defines the flags of every command in which networks train or read."""
    if "block_rows" in values:
        return
    flags.DEFINE_integer(
        "block_rows",
        0,
        "Sequences that a network reads at a time on each device; 0 chooses.",
        lower_bound=0,
        flag_values=values,
    )
    flags.DEFINE_enum(
        "convolution",
        "auto",
        convolution.CHOICES,
        "How convolutions are computed: XLA's, shifted copies, or what is faster where that is known.",
        flag_values=values,
    )


def choose(values: flags.FlagValues) -> None:
    """Has this process do as the flags say; in one that follows another this ends when that does.

    Raises:
      ValueError: for flags of processes that do not go together; see `processes.begin`.
    """
    if "data_devices" in values:
        devices.data_devices, devices.stream = values.data_devices, values.stream
    if "block_rows" in values:
        memory.block_rows = values.block_rows
        convolution.choose(values.convolution)
    if "coordinator" in values:
        processes.begin(values.distributed, values.coordinator, values.processes, values.process)
