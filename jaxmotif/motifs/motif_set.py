"""Motifs together with what is known of them: evidence, matches in a database, sites in sequences."""

import dataclasses
import html
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import overload

import numpy as np

from jaxmotif import dna, files
from jaxmotif.motifs import cores, formats, hits, jaspar, meme, naming, places, scan
from jaxmotif.motifs.backgrounds import Background
from jaxmotif.motifs.evidence import Evidence
from jaxmotif.motifs.hits import Hit
from jaxmotif.motifs.logo import logo_svg
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.places import Rows

# Weaker matches are in nobody's interest, not even as a hint.
WEAKEST_E = 10.0


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class MotifSet(Sequence):
    """Motifs in order, most important first where that is known.

    `len`, iteration and an index give motifs; a slice, a mask or a list of indices gives a MotifSet with
    the evidence, matches and sites of its motifs.

    Attributes:
      motifs: the M motifs.
      evidence: what speaks for each; by default nothing.
      matches: hits of each, in order of p, as Tomtom lists them; None before `match`. `named` says which give
        a motif its name.
      database: name of what was matched, "" before `match`.
      sites: where the motifs lie; `sites.motif` counts in `motifs`, `sites.sequence` in `rows`. None before
        `scan`.
      rows: the sequences scanned, or None.
      notes: what a reader of the set should know, e.g. what could not be measured.

    Raises:
      ValueError: if the numbers of motifs, evidence and matches differ, or sites come without rows.

    Examples:
      >>> import numpy as np
      >>> import jaxmotif as jm
      >>> tata = jm.Motif("TATATTAC", np.eye(4)[[3, 0, 3, 0, 3, 3, 0, 1]], nsites=20)
      >>> jm.MotifSet([tata]).scan(["GGGTATATTACGG"], p=1e-3)
      MotifSet(1 motif, 1 sites in 1 sequences)
    """

    motifs: Sequence[Motif]
    # None at construction only: it is filled in.
    evidence: Sequence[Evidence] = None  # pyrefly: ignore[bad-assignment]
    matches: Sequence[Sequence[Hit]] | None = None
    database: str = ""
    sites: scan.Sites | None = None
    rows: Rows | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self):
        put = lambda name, value: object.__setattr__(self, name, value)
        put("motifs", tuple(self.motifs))
        put("evidence", (Evidence(),) * len(self) if self.evidence is None else tuple(self.evidence))
        if self.matches is not None:
            put("matches", tuple(tuple(own) for own in self.matches))
        for name in ("evidence", "matches"):
            value = getattr(self, name)
            if value is not None and len(value) != len(self):
                raise ValueError(f"{len(value)} entries in {name} for {len(self)} motifs")
        if self.sites is not None and self.rows is None:
            raise ValueError(f"{len(self.sites)} sites without the rows that they lie in")

    def __len__(self) -> int:
        return len(self.motifs)

    def __iter__(self) -> Iterator[Motif]:
        return iter(self.motifs)

    @overload
    def __getitem__(self, which: int) -> Motif: ...
    @overload
    def __getitem__(self, which: slice | Sequence | np.ndarray) -> "MotifSet": ...
    def __getitem__(self, which):  # pyrefly: ignore[bad-override]
        if isinstance(which, (int, np.integer)):
            return self.motifs[int(which)]
        if not isinstance(which, slice):
            which = np.asarray(which)
            if which.dtype == bool and which.shape != (len(self),):
                raise ValueError(f"a mask of shape {which.shape} for {len(self)} motifs")
            which = which if which.dtype == bool else which.astype(np.int64)
        return self._take(np.arange(len(self))[which])

    def _take(self, chosen: np.ndarray) -> "MotifSet":
        matches = self.matches and [
            [dataclasses.replace(hit, query_index=place) for hit in self.matches[i]]
            for place, i in enumerate(chosen)
        ]
        sites = self.sites
        if sites is not None:
            if len(np.unique(chosen)) < len(chosen):
                raise ValueError(f"a motif is chosen twice: {chosen.tolist()}")
            place = np.full(len(self), -1)
            place[chosen] = np.arange(len(chosen))
            sites = sites.take(place[sites.motif] >= 0)
            sites = dataclasses.replace(sites, motif=place[sites.motif])
        return dataclasses.replace(
            self,
            motifs=[self.motifs[i] for i in chosen],
            evidence=[self.evidence[i] for i in chosen],
            matches=matches,
            sites=sites,
        )

    def __repr__(self) -> str:
        text = f"MotifSet({len(self)} motif{'' if len(self) == 1 else 's'}"
        if self.matches is not None:
            text += f", {sum(map(bool, self.named))} named by {self.database or 'a list of motifs'}"
        if self.sites is not None and self.rows is not None:
            text += f", {len(self.sites):,} sites in {len(self.rows.names):,} sequences"
        return "; ".join([text, *self.notes]) + ")"

    def _repr_html_(self) -> str:
        """Returns a table of logos, best matches and evidence, for notebooks."""
        names = ["motif", "match", "support", "sites", "importance"]
        rows = []
        for row in self.to_records():
            match, support = row["best_match"], ""
            best = f"{match['title']} (E {match['e']:.2g})" if match else ""
            if row["support"] is not None:
                support = f"{row['support']} of {row['seeds']}"
            importance = "" if row["importance"] is None else f"{row['importance']:.4f}"
            sites = "" if row["sites"] is None else f"{row['sites']:,}"
            rows.append([row["name"], best, support, sites, importance])
        used = [k for k in range(len(names)) if not rows or any(row[k] for row in rows)]
        body = []
        for motif, row in zip(self.motifs, rows, strict=True):
            cells = "".join(f"<td>{html.escape(row[k])}</td>" for k in used)
            drawing = logo_svg(motif.ppm, title=motif.name, alphabet=motif.alphabet)
            body.append(f"<tr><td>{drawing}</td>{cells}</tr>")
        head = "".join(f"<th>{name}</th>" for name in ["", *(names[k] for k in used)])
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.notes)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>{notes}"

    def match(
        self, database: str | os.PathLike | Sequence[Motif] = "JASPAR2024", e_max: float | None = WEAKEST_E
    ) -> "MotifSet":
        """Returns the set with the matches of each motif in a database (`tomtom.match`).

        Args:
          database: a JASPAR release, the path of a motif file (`jaspar.database`), or motifs.
          e_max: largest E-value to keep; None keeps all.

        Raises:
          ValueError: for an unknown database, or where no motif can be compared; see `hits.compared`.
        """
        if isinstance(database, (str, os.PathLike)):
            name, targets = os.fspath(database), jaspar.database(database)
        else:
            name, targets = getattr(database, "database", ""), list(database)
        rows = []
        if len(self):
            rows = hits.compared(self.motifs, targets, ("the motifs", name or "the database"), e_max)
        notes = self.notes
        if any(not m.has_complement for m in self.motifs) and any(m.has_complement for m in targets):
            notes = (
                *notes,
                f"{name or 'the database'} is of DNA; motifs of RNA are compared on one strand, U as T",
            )
        return dataclasses.replace(
            self, matches=hits.by_query(rows, len(self)), database=name, notes=tuple(dict.fromkeys(notes))
        )

    @property
    def named(self) -> tuple[tuple[Hit, ...], ...]:
        """Returns the matches that may name each motif, best first; () where none may (`naming.named`)."""
        matches = self.matches or [()] * len(self)
        return tuple(naming.named(motif, own) for motif, own in zip(self.motifs, matches, strict=True))

    @property
    def alphabet(self) -> str:
        """Returns the motifs' alphabet, "ACGT" or, for RNA, "ACGU".

        Raises:
          ValueError: where the motifs have both.
        """
        found = {motif.alphabet for motif in self.motifs} or {dna.ALPHABET}
        if len(found) > 1:
            raise ValueError(f"a set of motifs of {' and of '.join(sorted(found))} has no one alphabet")
        return found.pop()

    def scan(self, sequences, p: float = 1e-4, background: Background = "sequences") -> "MotifSet":
        """Returns the set with the sites of its motifs in sequences (`scan.scan`).

        A motif is looked for without its flat flanks, and its sites are that long; where its best word is
        likelier than `p`, that word is a site all the same, and a note says so (`cores.searched`).

        Args:
          sequences: a `data.Dataset`, strings of one length, or codes uint8 (N, L).
          p: largest p-value of a site, one strand.
          background: "sequences" (the letters of what is scanned), "uniform", or four frequencies.

        Raises:
          ValueError: for no motifs, or as `scan.scan`.
        """
        wanted = cores.searched(self.motifs, p, sequences, background)
        found = scan.scan(sequences, wanted.motifs, wanted.p, background=background)
        evidence = [
            dataclasses.replace(known, site_p=float(q)) if q > p else known
            for known, q in zip(self.evidence, wanted.p, strict=True)
        ]
        return dataclasses.replace(
            self,
            evidence=evidence,
            sites=found,
            rows=Rows.of(sequences if hasattr(sequences, "sequences") else dna.as_codes(sequences)),
            notes=tuple(dict.fromkeys((*self.notes, *cores.lowered(self.motifs, wanted.best, p)))),
        )

    def to_records(self) -> list[dict]:
        """Returns one dictionary per motif, of JSON's types: the rows of motifs.json.

        "best_match" is the match that gives the motif its name (`named`), or None.
        """
        return [self._record(place, own) for place, own in enumerate(self.named)]

    def _record(self, place: int, named: Sequence[Hit]) -> dict:
        motif, known = self.motifs[place], self.evidence[place]
        prevalence = known.prevalence
        return {
            "name": motif.name,
            "rank": place + 1,
            "width": motif.width,
            "support": sum(known.support.values()) if known.support else None,
            "seeds": known.networks,
            "found_by": dict(known.support),
            "filters": [f"{name}_seed{seed + 1}_filter{k + 1}" for name, seed, k in known.filters],
            "nsites": motif.nsites,
            "sites": known.sites,
            "site_p": known.site_p,
            "prevalence": prevalence and {"positive": prevalence[0], "negative": prevalence[1]},
            "importance": known.importance,
            "importance_of": known.importance_of,
            "ablation": known.ablation and {k: list(v) for k, v in known.ablation._asdict().items()},
            "effect": known.effect and known.effect._asdict(),
            "centring": known.centring and known.centring._asdict(),
            "round": known.round,
            "readings": list(known.readings),
            "held_out": known.held_out and known.held_out._asdict(),
            "e": known.e,
            "q": known.q,
            "variant_of": known.variant_of,
            **({"target": known.target} if known.target else {}),
            "best_match": _match(named[0]) if named else None,
        }

    def to_dataframe(self):
        """Returns the records as a pandas DataFrame; entries of dictionaries get columns like best_match_id.

        Raises:
          ValueError: if pandas is not installed.
        """
        try:
            import pandas
        except ImportError:
            raise ValueError("to_dataframe needs pandas: pip install pandas, or use to_records()") from None
        return pandas.DataFrame([_flat(row) for row in self.to_records()])

    def to_meme(self, path: str | os.PathLike) -> None:
        """Writes the motifs as a MEME file. Raises ValueError if there are none."""
        meme.write_meme(path, list(self.motifs))

    def to_tomtom(self, path: str | os.PathLike) -> None:
        """Writes all matches as the ten columns of tomtom.tsv.

        Raises:
          ValueError: before `match`.
        """
        if self.matches is None:
            raise ValueError(f"{len(self)} motifs that were not matched have no tomtom.tsv; call match first")
        hits.write_tsv(path, [hit for own in self.matches for hit in own])

    def to_sites(self, path: str | os.PathLike) -> None:
        """Writes the sites as a table, in positions of the user's own records (`scan.write_sites`).

        Whatever was cropped or padded, 0 <= start < end <= length of the record. `sites` itself counts in the
        rows that were scanned.

        Raises:
          ValueError: before `scan`.
        """
        if self.sites is None or self.rows is None:
            raise ValueError(f"{len(self)} motifs that were not looked for have no sites; call scan first")
        own = places.in_records(self.sites, self.rows)
        scan.write_sites(path, own, self.rows.names, [motif.name for motif in self.motifs])

    def to_bed(self, path: str | os.PathLike) -> None:
        """Writes the sites in genomic coordinates as sorted BED6; the score is -10 log10 p, at most 1000.

        Sites of sequences whose names give no coordinates, or an interval of another length, are left out.

        Raises:
          ValueError: before `scan`, or where no sequence has a place in the genome.
        """
        if self.sites is None or self.rows is None:
            raise ValueError(f"{len(self)} motifs that were not looked for have no sites; call scan first")
        names = [motif.name for motif in self.motifs]
        files.write_text(path, places.bed(self.sites, self.rows, names))


def _match(hit: Hit) -> dict:
    return {
        "id": hit.target.name,
        "name": hit.target.alt_name,
        "family": hit.target.tf_family,
        "class": hit.target.tf_class,
        "title": naming.title(hit.target),
        "e": hit.e,
        "q": hit.q,
    }


def _flat(row: Mapping) -> dict:
    found = {}
    for key, value in row.items():
        if isinstance(value, Mapping):
            found |= {f"{key}_{inner}": entry for inner, entry in value.items()}
        elif value is not None or key not in ("prevalence", "best_match", "held_out", "centring", "ablation"):
            found[key] = ", ".join(value) if isinstance(value, list) else value
    return found


def read_motifs(path: str | os.PathLike) -> MotifSet:
    """Reads the motifs of a file, gzipped or not; the format is told by the content.

    MEME, HOMER, JASPAR, PFM, TRANSFAC, CIS-BP, UniPROBE and HOCOMOCO are known, and the HDF5 that TF-MoDISco
    writes. A file of MEME or MoDISco without motifs is an empty set.

    Raises:
      ValueError: for a file that is missing or malformed; see `formats.read`.

    Examples:
      >>> import numpy as np
      >>> import jaxmotif as jm
      >>> jm.write_motifs("tata.meme", [jm.Motif("TATA", np.eye(4)[[3, 0, 3, 0]], nsites=20)])
      >>> jm.read_motifs("tata.meme")[0]
      Motif(TATA, 4 wide, TATA)
    """
    return MotifSet(formats.read(path, may_be_empty=True))
