"""What a caller may choose about an export. Every choice has a default that suits most games."""

from dataclasses import dataclass, field

from limner.atlas.packing import PackOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """Choices for all formats; each format takes those that concern it."""

    pack: PackOptions = field(default_factory=PackOptions)
    scale: int = 1  # whole-factor enlargement, in [1, 16]
