"""How a file says where its picture comes from: one JSON object, in whatever room the container has."""

import json
from xml.etree import ElementTree

from limner.atlas.sprites import Provenance
from limner.exporters.files import Files

NAMESPACE = "https://limner.dev/ns/1.0/"  # of the XMP property; a name, nothing is fetched
ADOBE, RDF = "adobe:ns:meta/", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
ElementTree.register_namespace("x", ADOBE)  # readers of XMP look for these prefixes by their letters
ElementTree.register_namespace("limner", NAMESPACE)


def as_text(provenance: Provenance) -> str:
    """The record as JSON on one line, keys in order."""
    return json.dumps(dict(provenance), ensure_ascii=False, sort_keys=True)


def as_ascii(provenance: Provenance) -> bytes:
    """The same in 7-bit ASCII: what a GIF comment allows."""
    return json.dumps(dict(provenance), sort_keys=True).encode("ascii")


def as_xmp(provenance: Provenance) -> bytes:
    """An XMP packet whose property `limner:provenance` is the JSON text."""
    meta = ElementTree.Element(f"{{{ADOBE}}}xmpmeta")
    rdf = ElementTree.SubElement(meta, f"{{{RDF}}}RDF")
    description = ElementTree.SubElement(rdf, f"{{{RDF}}}Description", {f"{{{RDF}}}about": ""})
    ElementTree.SubElement(description, f"{{{NAMESPACE}}}provenance").text = as_text(provenance)
    packet: bytes = ElementTree.tostring(meta, encoding="utf-8")
    return packet


def sidecar(stem: str, provenance: Provenance) -> Files:
    """`<stem>.provenance.json`, for formats without room; nothing where there is nothing to say."""
    return {f"{stem}.provenance.json": (as_text(provenance) + "\n").encode()} if provenance else {}
