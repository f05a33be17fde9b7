"""The commands that work on the data of this machine's server."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from limner.client.access import UsageError, exits, server_faults, server_part
from limner.client.options import Settings


def create_key(settings: Settings, config: Path | None, out: Path | None, owner: str, **wanted: object) -> None:
    """Make a key and show it, or write it to a new file that only its user may read."""
    with exits(), server_faults(UsageError):
        file = None if out is None else _private(out)
        try:
            facts, text = server_part("administration")(config).create_key(owner, **wanted)
        except BaseException:
            if out is not None:
                out.unlink()
            raise
        if file is not None:
            os.write(file, f"{text}\n".encode("ascii"))
            os.close(file)
        elif settings.json:
            facts["key"] = text
        else:
            typer.echo(text)
        _tell(
            settings, facts, f"key {facts['id']} of {owner}; a server that asks for no keys yet does so once restarted"
        )


def _private(path: Path) -> int:
    """A new file that others may not read."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise UsageError(f"--out {path}: is there already; name a new file") from error


def list_keys(settings: Settings, config: Path | None) -> None:
    """Every key, without its secret."""
    with exits(), server_faults(UsageError):
        keys = server_part("administration")(config).list_keys()
    table = Table("id", "owner", "title", "scopes", "state", "created", "expires")
    for key in keys:
        if settings.json:
            typer.echo(json.dumps(key, ensure_ascii=False))
        scopes, made, ends = ", ".join(key["scopes"]), _day(key["create_time"]), _day(key["expire_time"])
        table.add_row(key["id"], key["owner"], key["title"], scopes, key["state"], made, ends)
    if not settings.json and not settings.quiet:
        Console().print(table)


def revoke_key(settings: Settings, config: Path | None, key: str) -> None:
    """End a key."""
    with exits(), server_faults(UsageError):
        facts = server_part("administration")(config).revoke_key(key)
    _tell(settings, facts, f"key {key} of {facts['owner']} is revoked")


def verify_audit(settings: Settings, config: Path | None, head: str | None) -> None:
    """Check the audit log."""
    with exits(), server_faults(UsageError):
        facts = server_part("administration")(config).verify_audit(head)
    _tell(settings, facts, f"{facts['records']} records, unchanged; head {facts['head']}")


def export_data(settings: Settings, config: Path | None, owner: str, out: Path) -> None:
    """Hand over what is kept of an owner."""
    with exits(), server_faults(UsageError):
        facts = server_part("administration")(config).export_owner(owner, out)
    _tell(settings, facts, f"{facts['generations']} generations and {facts['assets']} pictures of {owner} are in {out}")


def erase_data(settings: Settings, config: Path | None, owner: str) -> None:
    """Delete what is kept of an owner."""
    with exits(), server_faults(UsageError):
        facts = server_part("administration")(config).erase_owner(owner)
    gone = f"{facts['generations']} generations, {facts['assets']} pictures and {facts['keys']} keys"
    _tell(settings, facts, f"{gone} of {owner} are gone")


def rotate_data(settings: Settings, config: Path | None) -> None:
    """Wrap the keys at rest anew."""
    with exits(), server_faults(UsageError):
        facts = server_part("administration")(config).rotate()
    _tell(settings, facts, f"{facts['keys']} keys are wrapped with the current master key")


def _tell(settings: Settings, facts: Mapping[str, Any], sentence: str) -> None:
    """One line: JSON on stdout, or a sentence for people on stderr."""
    if settings.json:
        typer.echo(json.dumps(facts, ensure_ascii=False))
    elif not settings.quiet:
        typer.echo(sentence, err=True)


def _day(seconds: float | None) -> str:
    return "never" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
