"""Ways to spoil good files, at random and inside of what they hold."""

import gzip
import io
import json

import h5py
import numpy as np

# Values that JSON may hold in the place of any other.
ODD = (None, True, "", "x", -1, 0, 2.5, 1e30, [], {}, [1], {"a": 1}, "../../x", [[[]]])


def spoilt(data: bytes, rng: np.random.Generator) -> bytes:
    """Returns bytes with one to four changes that a bad disk, a bad program or an enemy may make."""
    if rng.random() < 0.5 and (other := _spoilt_inside(data, rng)) is not None:
        return other
    made = bytearray(data)
    for _ in range(rng.integers(1, 5)):
        at = int(rng.integers(len(made) + 1))
        kind = rng.integers(6)
        if kind == 0 and made:
            made[at % len(made)] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            del made[at : at + int(rng.integers(1, 40))]
        elif kind == 2:
            made[at:at] = rng.integers(0, 256, rng.integers(1, 20), np.uint8).tobytes()
        elif kind == 3:
            del made[at:]
        elif kind == 4:
            other = int(rng.integers(len(made) + 1))
            made[at:at] = made[other : other + int(rng.integers(1, 60))]
        else:
            words = (
                b"nan",
                b"-1",
                b"1e999",
                b"9" * 25,
                b"\n\n",
                b"\t",
                b"\xff\xfe",
                b"\0",
                b"[" * 50,
                b"w= 0",
            )
            made[at : at + 2] = words[rng.integers(len(words))]
    return bytes(made)


def _spoilt_inside(data: bytes, rng: np.random.Generator) -> bytes | None:
    """A file whose container is whole and whose content is odd; None if the format is none that is known."""
    if data[:2] == b"\x1f\x8b":
        return gzip.compress(spoilt(gzip.decompress(data), rng), mtime=0)
    if data[:1] in b"{[":
        try:
            return json.dumps(_odd_json(json.loads(data), rng)).encode()
        except ValueError:
            return None
    if data[:2] == b"PK":
        with np.load(io.BytesIO(data)) as found:
            return npz(_odd_arrays({name: found[name] for name in found.files}, rng))
    if data[:4] == b"\x89HDF":
        stream = io.BytesIO(data)
        with h5py.File(stream, "a") as file:
            _odd_hdf5(file, rng)
        return stream.getvalue()
    return None


def _odd_json(value, rng: np.random.Generator):
    """The same value with one entry replaced, removed or doubled."""
    if isinstance(value, dict) and value and rng.random() < 0.85:
        name = list(value)[rng.integers(len(value))]
        kind = rng.random()
        if kind < 0.1:
            return {key: entry for key, entry in value.items() if key != name}
        if kind < 0.2:
            return value | {"unknown": value[name]}
        return value | {name: _odd_json(value[name], rng)}
    if isinstance(value, list) and value and rng.random() < 0.85:
        at = int(rng.integers(len(value)))
        return [*value[:at], _odd_json(value[at], rng), *value[at + 1 :]]
    if isinstance(value, str) and value[:1] == "{" and rng.random() < 0.8:
        return json.dumps(_odd_json(json.loads(value), rng))
    return ODD[rng.integers(len(ODD))]


def _odd_arrays(found: dict[str, np.ndarray], rng: np.random.Generator) -> dict[str, np.ndarray]:
    name = list(found)[rng.integers(len(found))]
    array = found[name]
    kind = rng.integers(8)
    if kind == 0:
        del found[name]
    elif kind == 1:
        found[f"{name}x"] = found.pop(name)
    elif kind == 2:
        found[name] = array[..., :0] if array.ndim else np.zeros(0)
    elif kind == 3:
        found[name] = array.reshape(-1)[:1].reshape(()) if array.size else np.array(3.5)
    elif kind == 4:
        found[name] = np.full(array.shape, "x")
    elif kind == 5:
        found[name] = array[None]
    elif kind == 6 and array.dtype.kind == "f":
        found[name] = np.full_like(array, np.nan)
    elif array.dtype.kind == "U" and array.ndim == 0:
        text = str(array)
        odd = _odd_json(json.loads(text), rng) if text[:1] == "{" else ODD[rng.integers(len(ODD))]
        found[name] = np.array(json.dumps(odd))
    else:
        found[name] = np.full(array.shape, 250, np.uint8)
    return found


def _odd_hdf5(file: h5py.File, rng: np.random.Generator) -> None:
    names: list[str] = []
    file.visit(names.append)
    attributes = [(place, key) for place in ["/", *names] for key in file[place].attrs]
    if attributes and rng.random() < 0.5:
        place, key = attributes[rng.integers(len(attributes))]
        value = file[place].attrs[key]
        text = value.decode() if isinstance(value, bytes) else str(value)
        if text[:1] == "{":
            file[place].attrs[key] = json.dumps(_odd_json(json.loads(text), rng))
        else:
            del file[place].attrs[key]
        return
    place = names[rng.integers(len(names))]
    value = file[place]
    old = value[()] if isinstance(value, h5py.Dataset) else np.zeros(2)
    del file[place]
    kind = rng.integers(5)
    if kind == 0:
        file.create_group(place)
    elif kind == 1:
        file.create_dataset(place, (10**12,), "f4", chunks=(1000,))
    elif kind == 2:
        file[place] = h5py.SoftLink("/nowhere")
    elif kind == 3:
        file.create_dataset(place, data=h5py.Empty("f4"))
    else:
        file[place] = np.asarray(old).reshape(-1)[:3] if np.asarray(old).dtype.kind in "fiu" else np.zeros(3)


def npz(found: dict[str, np.ndarray]) -> bytes:
    """Returns the bytes of an .npz."""
    stream = io.BytesIO()
    np.savez(stream, **found)  # pyrefly: ignore[bad-argument-type]
    return stream.getvalue()
