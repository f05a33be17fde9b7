"""The page about export formats, written from the registry."""

from limner.exporters.registry import EXPORTERS, Keeps


def formats_page() -> str:
    """Markdown: every format, what it takes and what it keeps."""
    lines = [
        "# Export formats",
        "",
        "Written by `make docs` from the registry; `limner export --format list` prints the same on your terminal.",
        "What a format does not keep is baked into its pixels.",
        "",
        "| format | title | takes | keeps |",
        "| --- | --- | --- | --- |",
    ]
    for name, exporter in EXPORTERS.items():
        kept = ", ".join(flag.name.lower().replace("_", " ") for flag in Keeps if flag in exporter.keeps and flag.name)
        lines.append(f"| `{name}` | {exporter.title} | {exporter.takes.__name__} | {kept or '–'} |")
    return "\n".join(lines) + "\n"
