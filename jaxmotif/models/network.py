"""Trained networks as one value: weights of all members, and the pure functions that are made of them."""

import dataclasses
import functools
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import flax
import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna, keys
from jaxmotif.config import one_of
from jaxmotif.models import forward, predictions, saved, trace
from jaxmotif.models import members as members_axis
from jaxmotif.models.answers import ANSWERS, Answer
from jaxmotif.models.blocks import block_rows
from jaxmotif.models.geometry import Geometry, of_spec
from jaxmotif.models.host_blocks import fixed, over_blocks
from jaxmotif.models.scores import Scores
from jaxmotif.models.spec import NetworkSpec

Kind = Literal["logit", "probability", "log_probability"]


@functools.partial(flax.struct.dataclass, eq=False, repr=False)
class Network(Scores):
    """One or several networks of one architecture; together they answer by the mean of their logits.

    Made by `Network.from_spec`, `Network.load`, `Network.from_function` and `training.fit`. A pytree: its
    leaves are the weights.

    Attributes:
      variables: weights, {"params", "batch_stats"} or any pytree, with a leading axis of members on every
        leaf.
      spec: the architecture; None for a network made from a function.
      function: (variables of one member, x (B, L, 4)) -> (logits (B, T), {layer: map (B, P, K)}); None with
        `spec`.
      length: of the sequences, nt.
      strands: "random" if predictions are means over both strands, "given" if not.
      classes: names of the outputs. One output may have two, for and against.
      scores: AUROC of every member on held-out sequences, where known.
      layers: geometry of the maps of `function`, (layer, geometry) pairs, where given.
      alphabet: "ACGT", or "ACGU" for RNA: motifs read from it have letters U and one strand.
      task: what it was trained for: "multilabel", "multiclass", "regression" or "counts".
      map_names: of the maps 1, 2, ... of `function`, where they have names.
      notes: what to say wherever it is used, such as how it was opened.

    Raises:
      ValueError: for another alphabet or task, and for RNA with strands "random".

    Examples:
      >>> import jaxmotif as jm
      >>> def gc_content(x):  # any pure function: logits (B, T), maps by layer
      ...     return x[:, :, 1:3].sum((1, 2))[:, None], {}
      >>> net = jm.Network.from_function(gc_content, length=4)
      >>> net.logits(["GGCA", "ATTT"]).tolist()
      [[3.0], [0.0]]
    """

    variables: Any
    spec: NetworkSpec | None = flax.struct.field(pytree_node=False, default=None)
    function: Callable | None = flax.struct.field(pytree_node=False, default=None)
    length: int = flax.struct.field(pytree_node=False, default=0)
    strands: str = flax.struct.field(pytree_node=False, default="given")
    classes: tuple[str, ...] = flax.struct.field(pytree_node=False, default=())
    scores: tuple[float, ...] = flax.struct.field(pytree_node=False, default=())
    layers: tuple[tuple[int, Geometry], ...] = flax.struct.field(pytree_node=False, default=())
    alphabet: str = flax.struct.field(pytree_node=False, default=dna.ALPHABET)
    task: str = flax.struct.field(pytree_node=False, default="multilabel")
    map_names: tuple[str, ...] = flax.struct.field(pytree_node=False, default=())
    notes: tuple[str, ...] = flax.struct.field(pytree_node=False, default=())

    def __post_init__(self):
        one_of("task", self.task, tuple(ANSWERS))
        dna.check_strands(self.alphabet, self.strands)

    @classmethod
    def from_spec(cls, spec: NetworkSpec, key: jax.Array | int = 0, members: int = 1, **fields) -> "Network":
        """Returns fresh, untrained networks.

        Args:
          spec: the architecture.
          key: a JAX key or a seed; member i is that of `keys.member(key, i)`.
          members: how many.
          **fields: `strands`, `classes`, `scores`, `alphabet` and `task`, see the class.

        Raises:
          ValueError: for fewer than one member.
        """
        if members < 1:
            raise ValueError(f"a network has at least 1 member, got {members}")
        key = keys.root(key) if isinstance(key, int) else key
        fresh = jax.jit(forward.init, static_argnums=0)
        every = [fresh(spec, keys.member(key, i)) for i in range(members)]
        return cls.from_members(spec, every, **fields)

    @classmethod
    def from_members(cls, spec: NetworkSpec, members: Sequence[Any], **fields) -> "Network":
        """Returns the network of a spec and {"params", "batch_stats"} of every member."""
        fields.setdefault("classes", tuple(f"output{number + 1}" for number in range(spec.outputs)))
        fields["classes"] = tuple(fields["classes"])
        return cls(members_axis.stacked(members), spec, length=spec.length, **fields)

    @classmethod
    def from_function(  # noqa: PLR0913 - all there is to know of a function
        cls,
        function: Callable,
        length: int,
        *,
        variables: Any = None,
        classes: Sequence[str] = (),
        strands: str = "given",
        layers: Mapping[int, Geometry] | None = None,
        alphabet: str = dna.ALPHABET,
        task: str = "multilabel",
    ) -> "Network":
        """Returns any pure function as a network.

        Args:
          function: x (B, L, 4) -> (logits (B, T), maps), or with `variables` (variables, x) -> the same. Maps
            are {layer from 1: (B, P, K)}, before pooling; {} if there are none.
          length: of the sequences, nt.
          variables: weights of one network; other weights of the same shapes do not recompile.
          classes: names of the outputs; by default output1, output2, ...
          strands, alphabet, task: see the class.
          layers: where the maps' positions look; what is not given is traced when a reading needs it.

        Raises:
          ValueError: if the function does not return that, or classes and outputs differ in number.
        """
        if length < 1:
            raise ValueError(f"length must be at least 1 nt, got {length}")
        one_of("strands", strands, ("given", "random"))
        apply = function if variables is not None else predictions.without_variables(function)
        outputs = predictions.check_function(apply, variables, length)
        classes = predictions.class_names(classes, outputs)
        leading = jax.tree.map(lambda leaf: jnp.asarray(leaf)[None], variables)
        geometry = tuple(sorted((layer, Geometry(*one)) for layer, one in (layers or {}).items()))
        return cls(leading, None, apply, length, strands, classes, (), geometry, alphabet, task)

    @classmethod
    def load(cls, folder: str | os.PathLike) -> "Network":
        """Reads what `save` wrote.

        Raises:
          ValueError: if it is not there or damaged.
        """
        spec, members, fields = saved.read(folder)
        return cls.from_members(spec, members, **fields)

    def save(self, folder: str | os.PathLike) -> None:
        """Writes network.json (what they are) and network.npz (weights of all members) into `folder`.

        Raises:
          ValueError: for a network made from a function.
        """
        spec = self._architecture("be saved")
        members = [self.member_variables(number) for number in range(len(self))]
        fields = {name: getattr(self, name) for name in ("strands", "classes", "scores", "alphabet", "task")}
        saved.write(folder, spec, members, **fields)

    def __len__(self) -> int:
        """Returns the number of members."""
        return members_axis.count(self.variables)

    def __repr__(self) -> str:
        return (
            f"Network({self.name!r}, members={len(self)}, length={self.length}, "
            f"classes={self.classes}, parameters={members_axis.parameters(self.variables):,})"
        )

    @property
    def name(self) -> str:
        """The architecture's name."""
        return self.spec.name if self.spec else getattr(self.function, "__name__", "function")

    @property
    def recurrent(self) -> bool:
        """Whether it has time steps, so that parts of sequences can be read; never of one from a function."""
        return bool(self.spec and self.spec.recurrent)

    @property
    def architecture(self) -> NetworkSpec:
        """The spec.

        Raises:
          ValueError: for a network made from a function.
        """
        if self.spec is None:
            raise ValueError(f"{self.name} is made from a function; its layers are not known")
        return self.spec

    @property
    def called(self) -> Callable:
        """The function of (variables of one member, x (B, L, 4)), see the class.

        Raises:
          ValueError: for a network with a spec.
        """
        if self.function is None:
            raise ValueError(f"{self.name} is made from a spec, not from a function")
        return self.function

    @property
    def outputs(self) -> int:
        """The number of outputs."""
        if self.spec:
            return self.spec.outputs
        x = jax.ShapeDtypeStruct((1, self.length, 4), jnp.float32)
        return jax.eval_shape(self.called, self.member_variables(0), x)[0].shape[1]

    def member(self, number: int) -> "Network":
        """Returns the network of one member, counted from 0.

        Raises:
          ValueError: if there is no such member.
        """
        if not 0 <= number < len(self):
            raise ValueError(f"{self.name} has members 0 to {len(self) - 1}, not {number}")
        return self.take([number])

    def take(self, numbers: Sequence[int]) -> "Network":
        """Returns the network of some of its members, counted from 0."""
        numbers = list(numbers)
        scores = tuple(self.scores[i] for i in numbers) if self.scores else ()
        return dataclasses.replace(
            self,
            variables=members_axis.taken(self.variables, numbers),
            scores=scores,
        )

    def member_variables(self, number: int) -> Any:
        """Returns the weights of one member, counted from 0, without the members axis."""
        return members_axis.one(self.variables, number)

    def apply(self, variables: Any, x_bl4: jax.Array) -> tuple[jax.Array, dict[int, jax.Array]]:
        """Returns logits (B, T) and maps {layer: (B, P, K)}, before pooling, of the weights of one member.

        Pure, on the strand given; under jit only what is used of the result is computed.
        """
        if self.function:
            return self.function(variables, x_bl4)
        spec = self.architecture
        maps = {n: forward.features(spec, variables, x_bl4, n) for n in range(1, len(spec.convs) + 1)}
        return forward.predict(spec, variables, x_bl4), maps

    def logits(self, sequences, by_member: bool = False, batch_size: int | None = None) -> np.ndarray:
        """Returns logits of sequences: means over members and, where trained so, over both strands.

        Args:
          sequences: uint8 (N, L) base codes, strings of one length, or a `Dataset`.
          by_member: whether to return those of each member.
          batch_size: rows at a time on each device, at most; None chooses by the device.

        Returns:
          float32 (N, T), or (members, N, T).

        Raises:
          ValueError: for other sequences than this network reads.
        """
        codes_nl = predictions.codes(sequences, self.name, self.length)
        logits = fixed(predictions.logits, self._predict, self.strands == "random")
        members = [jax.tree_util.Partial(logits, self.member(m).variables) for m in range(len(self))]
        rows = block_rows(len(codes_nl), batch_size)
        found_mnt = np.stack([over_blocks(one, codes_nl, rows) for one in members])
        return found_mnt if by_member else found_mnt.mean(axis=0)

    def probabilities(self, sequences, by_member: bool = False, batch_size: int | None = None) -> np.ndarray:
        """Returns the logistic function of `logits`, of one class among several their softmax.

        Of networks that were trained on values these are the values, on counts the expected ones.
        """
        logits = self.logits(sequences, by_member, batch_size)
        link = fixed(predictions.linked, self.task)
        return over_blocks(link, logits.reshape(-1, logits.shape[-1])).reshape(logits.shape)

    @property
    def answer(self) -> Answer:
        """What its outputs say, by its task, and on which scale."""
        return ANSWERS[self.task]

    def check_probability(self, lacks: str) -> None:
        """Raises ValueError, with what it lacks, if its outputs are values or counts, not probabilities."""
        if not self.answer.is_probability:
            raise ValueError(f"{self.name} was trained for {self.task}: it has {lacks}")

    def target_index(self, target: int | str) -> int:
        """Returns the number of a class, from 0.

        Raises:
          ValueError: for a class that does not exist, with those that do.
        """
        return predictions.class_index(self.name, self.classes, self.outputs, target)

    def score(self, target: int | str = 0, kind: Kind = "logit") -> jax.tree_util.Partial:
        """Returns the pure function x (B, L, 4) -> (B,) of one class, over members and strands as `logits`.

        Weights and class are leaves: networks of one architecture share one program. Where one output has
        two classes, the second one's logit is minus the first one's. Of one class among several the logit is
        log p / (1 - p); of values and counts it is the value, or the logarithm of the expected count.

        Args:
          target: number or name of a class.
          kind: "logit", "probability" or "log_probability".

        Raises:
          ValueError: for an unknown class or kind, and for the probability of a value.
        """
        one_of("kind", kind, predictions.KINDS)
        if kind != "logit":
            self.check_probability(f"no {kind}")
        output, against = self._output(target)
        function = predictions.score(self._predict, self.strands == "random", against, kind, self.task)
        return jax.tree_util.Partial(function, (self.variables, jnp.int32(output)))

    def features(self, layer: int | str, member: int = 0) -> jax.tree_util.Partial:
        """Returns the pure function x (B, L, 4) -> map (B, P, K) of a layer, before its pooling.

        Args:
          layer: counted from 1, or a map's name.
          member: whose, from 0.

        Raises:
          ValueError: for a layer or member that does not exist.
        """
        one = self.member(member).variables
        layer = predictions.map_number(layer, self.map_names, self.name)
        if self.spec:
            if not 1 <= layer <= len(self.spec.convs):
                count = len(self.spec.convs)
                raise ValueError(f"{self.name} has convolutions 1 to {count}, asked for number {layer}")
        return jax.tree_util.Partial(predictions.features(self.spec, self.function, layer), one)

    def geometry(self, layer: int | str) -> Geometry:
        """Returns where positions of a layer's map (from 1, or a name) look; traced where `layers` lacks it.

        Raises:
          ValueError: for a layer that does not exist, or a map without a receptive field.
        """
        layer = predictions.map_number(layer, self.map_names, self.name)
        known = of_spec(self.spec) if self.spec else dict(self.layers)
        if layer in known:
            return known[layer]
        maps = self._maps() if self.function else sorted(known)
        if not self.function or layer not in maps:
            listed = ", ".join(map(str, maps)) or "none"
            raise ValueError(f"{self.name} has no map {layer}; it has maps: {listed}")
        return trace.of_function(self.function, self.member_variables(0), layer, self.length, self.name)

    def _maps(self) -> list[int]:
        x = jax.ShapeDtypeStruct((1, self.length, 4), jnp.float32)
        return sorted(jax.eval_shape(self.called, self.member_variables(0), x)[1])

    @property
    def _predict(self) -> Callable:
        return predictions.predictor(self.spec, self.function)

    def _architecture(self, what: str) -> NetworkSpec:
        if not self.spec:
            raise ValueError(f"{self.name} is made from a function and cannot {what}; that needs a spec")
        return self.spec

    def _output(self, target) -> tuple[int, bool]:
        """Output of a class, and whether the class is against it."""
        index = self.target_index(target)
        return (index, False) if self.outputs > 1 else (0, index > 0)
