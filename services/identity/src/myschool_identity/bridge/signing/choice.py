"""Which adapter signs, by settings."""

import httpx

from myschool_identity.bridge.signing import engine, software
from myschool_identity.bridge.signing.engine import EngineSigner
from myschool_identity.bridge.signing.material import Files
from myschool_identity.bridge.signing.port import Signer, SigningFailed
from myschool_identity.bridge.signing.remote import RemoteSigner
from myschool_identity.bridge.signing.software import SoftwareSigner
from myschool_identity.settings import IdentitySettings


def signer_of(settings: IdentitySettings, http: httpx.AsyncClient) -> Signer:
    """The signer; ends the start with a sentence when its key cannot be used."""
    certificate, key = settings.keys_dir / "esia-client.crt", settings.keys_dir / "esia-client.key"
    if settings.esia_signer == "remote":
        files = Files(certificate, None, lambda material: bool(material.der))
        signer: Signer = RemoteSigner(
            settings.esia_signer_url, files, lambda: _token(settings), http, reversed_bytes=settings.esia_signer_reversed
        )
    elif settings.esia_signer == "gost":
        files = Files(certificate, key, engine.fits)
        signer = EngineSigner(files)
    else:
        files = Files(certificate, key, software.fits)
        signer = SoftwareSigner(files)
    _usable(settings, files)
    return signer


def _usable(settings: IdentitySettings, files: Files) -> None:
    """Said at the start rather than to the first person who signs in."""
    settings.key("esia-client.crt")
    if settings.esia_signer != "remote":
        settings.key("esia-client.key")
    try:
        files.current()
    except SigningFailed as error:
        message = f"esia-client.key and esia-client.crt cannot be used for MYSCHOOL_ESIA_SIGNER={settings.esia_signer}: {error}"
        raise SystemExit(message) from error


def _token(settings: IdentitySettings) -> str:
    """Read for every signature: it may be replaced at any time; without the file there is none."""
    path = settings.keys_dir / "esia-signer.token"
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""
