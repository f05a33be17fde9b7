"""`limner keys …`, `limner audit …`, `limner data …`: who may ask this machine's server, and what it keeps of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from limner.client.options import JsonOption, QuietOption, Settings

keys = typer.Typer(no_args_is_help=True, help="Make and revoke the keys of the server on this machine.")
audit = typer.Typer(no_args_is_help=True, help="Check the server's audit log.")
data = typer.Typer(no_args_is_help=True, help="Hand over, delete and re-encrypt what the server keeps.")
OwnerOption = Annotated[str, typer.Option(metavar="NAME", help="Whose it is.")]
ConfigOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The server's configuration, as for `limner serve`.")
]


@keys.command("create", epilog="Example: limner keys create --owner ada --expires 90 --out ada.key")
def create_key(
    owner: Annotated[str, typer.Option(metavar="NAME", help="Whose it is; keys of one owner see the same things.")],
    title: Annotated[str, typer.Option(metavar="TEXT", help="What it is for.")] = "",
    scopes: Annotated[str, typer.Option(metavar="LIST", help="generate, read, admin.")] = "generate,read",
    expires: Annotated[float | None, typer.Option(metavar="DAYS", help="How long it works. Default: for ever.")] = None,
    calls_per_minute: Annotated[
        float | None, typer.Option(metavar="N", help="How often it may call. Default: no limit.")
    ] = None,
    pictures_per_day: Annotated[
        float | None, typer.Option(metavar="N", help="How many pictures it may ask for. Default: no limit.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the key there, for your eyes only, instead of printing.")
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Make a key. Its text is shown this once; nobody can show it again."""
    from limner.client import administering

    administering.create_key(
        Settings(json=json, quiet=quiet),
        config,
        out,
        owner,
        title=title,
        scopes=[word.strip() for word in scopes.split(",")],
        lifetime_s=None if expires is None else expires * 86400,
        calls_per_minute=calls_per_minute,
        pictures_per_day=pictures_per_day,
    )


@keys.command("list", epilog="Example: limner keys list --json")
def list_keys(config: ConfigOption = None, json: JsonOption = False, quiet: QuietOption = False) -> None:
    """List the keys, oldest first; revoked ones too."""
    from limner.client import administering

    administering.list_keys(Settings(json=json, quiet=quiet), config)


@keys.command("revoke", epilog="Example: limner keys revoke 3f0c9a1b2d4e")
def revoke_key(
    key: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `limner keys list` shows it.")],
    config: ConfigOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """End a key for ever. A running server ends its calls within a second."""
    from limner.client import administering

    administering.revoke_key(Settings(json=json, quiet=quiet), config, key)


@audit.command("verify", epilog="Example: limner audit verify --head 5e1f…")
def verify_audit(
    head: Annotated[
        str | None, typer.Option(metavar="HASH", help="A head that you noted earlier; the log must lead past it.")
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Check that no record of the audit log was changed or taken out, and show its head."""
    from limner.client import administering

    administering.verify_audit(Settings(json=json, quiet=quiet), config, head)


@data.command("export", epilog="Example: limner data export --owner ada --out ada")
def export_data(
    owner: OwnerOption,
    out: Annotated[Path, typer.Option(metavar="DIR", help="A new folder for it.")],
    config: ConfigOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write all that the server keeps of an owner: generations with their prompts, and pictures."""
    from limner.client import administering

    administering.export_data(Settings(json=json, quiet=quiet), config, owner, out)


@data.command("erase", epilog="Example: limner data erase --owner ada --yes")
def erase_data(
    owner: OwnerOption,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Delete all that the server keeps of an owner, for good, and revoke their keys."""
    from limner.client import administering

    if not yes:
        typer.confirm(f"Delete everything of {owner}?", abort=True, err=True)
    administering.erase_data(Settings(json=json, quiet=quiet), config, owner)


@data.command("rotate", epilog="Example: limner data rotate")
def rotate_data(config: ConfigOption = None, json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Wrap the keys at rest with the first master key of encryption_key_file; the others may go afterwards."""
    from limner.client import administering

    administering.rotate_data(Settings(json=json, quiet=quiet), config)
