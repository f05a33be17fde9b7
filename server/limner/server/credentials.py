"""Content credentials (C2PA): a signed statement in a picture file that a model drew it, which, from what, and when.

The statement covers every byte of the file, so it is made last. Without a certificate of the operator's, the first start makes
an authority and a key of the server's own; `authority.pem` is what others need to trust it.
"""

import datetime
import io
import json
import os
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from limner.atlas.sprites import Provenance
from limner.server.config import ServerConfig
from limner.server.errors import ConfigError

FORMATS = {".png": "image/png", ".gif": "image/gif", ".webp": "image/webp", ".mp4": "video/mp4"}
ALGORITHMIC = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
RECORD = "org.limner.provenance"  # the assertion that holds our own record
LIFETIME = datetime.timedelta(days=3650)
SETTINGS = {"builder": {"thumbnail": {"enabled": False}}, "verify": {"verify_after_sign": False}}


class Credentials:
    """Signs picture files."""

    def __init__(self, chain: bytes, key: bytes, *, embed: bool = True) -> None:
        """`chain` is PEM, the signer's certificate first; `key` is the PEM of its Ed25519 key. Raises ConfigError."""
        self._embed = embed
        info = c2pa.C2paSignerInfo(c2pa.C2paSigningAlg.ED25519, chain, key, None)
        self._context = c2pa.Context(c2pa.Settings.from_dict(SETTINGS))
        try:
            self._signer = c2pa.Signer.from_info(info)
        except c2pa.C2paError as error:
            raise ConfigError(f"c2pa_certificate: cannot sign with it ({error}); it needs an Ed25519 key") from error

    @classmethod
    def of(cls, config: ServerConfig) -> "Credentials | None":
        """As the settings say; None where they say `off`. Raises ConfigError."""
        if config.content_credentials == "off":
            return None
        if (config.c2pa_certificate is None) != (config.c2pa_key is None):
            raise ConfigError("c2pa_certificate and c2pa_key belong together; set both or neither")
        paths = own_key(config.data_dir / "credentials")
        if config.c2pa_certificate is not None and config.c2pa_key is not None:
            paths = config.c2pa_certificate, config.c2pa_key
        try:
            chain, key = (path.read_bytes() for path in paths)
        except OSError as error:
            raise ConfigError(f"cannot read {error.filename}: {error.strerror}") from error
        return cls(chain, key, embed=config.content_credentials == "embed")

    def signed(self, files: dict[str, bytes], provenance: Provenance) -> dict[str, bytes]:
        """The files with credentials inside those that have room, or `PATH.c2pa` beside them. Others stay as they are."""
        out: dict[str, bytes] = {}
        for path, content in files.items():
            kind = FORMATS.get(PurePosixPath(path).suffix.lower())
            if kind is None:
                out[path] = content
                continue
            whole, manifest = self._sign(path, kind, content, provenance)
            out |= {path: whole} if self._embed else {path: content, f"{path}.c2pa": manifest}
        return out

    def _sign(self, path: str, kind: str, content: bytes, provenance: Provenance) -> tuple[bytes, bytes]:
        builder = c2pa.Builder(json.dumps(manifest(path, kind, provenance)), context=self._context)
        try:
            if not self._embed:
                builder.set_no_embed()
            out = io.BytesIO()
            made = builder.sign(self._signer, kind, io.BytesIO(content), out)
            return out.getvalue(), bytes(made)
        finally:
            builder.close()


def manifest(path: str, kind: str, provenance: Provenance) -> dict[str, Any]:
    """What is signed."""
    agent = {"name": "limner", "version": version("limner")}
    created = {"action": "c2pa.created", "digitalSourceType": ALGORITHMIC, "softwareAgent": agent}
    if when := provenance.get("time"):
        created["when"] = when
    return {
        "claim_generator_info": [agent],
        "title": PurePosixPath(path).name,
        "format": kind,
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [created]}},
            {"label": RECORD, "data": dict(provenance)},
        ],
    }


def own_key(folder: Path) -> tuple[Path, Path]:
    """The chain and the key in a folder; made at the first call, with `authority.pem` beside them."""
    chain, key = folder / "signer.pem", folder / "signer.key.pem"
    if not chain.exists():
        folder.mkdir(parents=True, exist_ok=True)
        authority_key, signer_key = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
        authority = _certificate("Limner content authority", None, authority_key, authority_key)
        signer = _certificate("Limner content signer", authority, signer_key, authority_key)
        pem = serialization.Encoding.PEM
        secret = signer_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(secret)
        (folder / "authority.pem").write_bytes(authority.public_bytes(pem))
        fresh = folder / "signer.pem.new"
        fresh.write_bytes(signer.public_bytes(pem) + authority.public_bytes(pem))
        fresh.replace(chain)  # last: where it is, the rest is too
    return chain, key


def _certificate(
    name: str, authority: x509.Certificate | None, key: Ed25519PrivateKey, signing: Ed25519PrivateKey
) -> x509.Certificate:
    """A certificate as C2PA wants them: an authority's own, or a signer's by an authority."""
    subject = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Limner"), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )
    now = datetime.datetime.now(datetime.UTC)
    own = authority is None
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if authority is None else authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=own, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=own), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
    )
    if not own:
        purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])  # the one that C2PA takes from anybody
        builder = builder.add_extension(purposes, critical=False)
    return builder.sign(signing, None)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
