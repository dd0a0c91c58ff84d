"""ГОСТ Р 34.10-2012 by the OpenSSL engine `gost` (Debian: libengine-gost-openssl), in a process of its own.

Nothing passes through a shell. The key reaches openssl through an inherited pipe: it stands neither in arguments nor in a second file.
"""

import asyncio
import os
import subprocess
from collections.abc import Sequence

from myschool_identity.bridge.signing.material import Files, Material
from myschool_identity.bridge.signing.port import Form, Signature, SigningFailed

_SECONDS = 10.0
_AT_ONCE = 4


class EngineSigner:
    """One openssl process per signature, a few at a time: some five milliseconds of CPU each."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def sign(self, content: bytes, form: Form) -> Signature:
        """See `Signer.sign`."""
        material = self._files.current()
        async with self._places:
            return Signature(await asyncio.to_thread(_sign, material, content, form), material.der)


def _sign(material: Material, content: bytes, form: Form) -> bytes:
    if form is Form.RAW:
        return _openssl(["dgst", "-engine", "gost", "-md_gost12_256", "-sign"], [material.key], content)
    words = ["smime", "-sign", "-binary", "-noattr", "-outform", "DER", "-engine", "gost", "-md", "md_gost12_256", "-signer", "-inkey"]
    return _openssl(words, [material.certificate, material.key], content)


def fits(material: Material) -> bool:
    """Whether the certificate belongs to the private key, as openssl sees both."""
    try:
        of_key = _openssl(["pkey", "-engine", "gost", "-pubout"], [], material.key)
        of_certificate = _openssl(["x509", "-engine", "gost", "-noout", "-pubkey"], [], material.certificate)
    except SigningFailed:
        return False
    return _body(of_key) == _body(of_certificate)


def _body(pem: bytes) -> bytes:
    return pem[pem.find(b"-----BEGIN") :].strip()


def _openssl(words: Sequence[str], secrets: Sequence[bytes], content: bytes) -> bytes:
    """Runs openssl; the last len(secrets) words get the address of a pipe with their content each. Raises SigningFailed."""
    pipes = [_pipe(secret) for secret in secrets]
    plain, taking = list(words[: len(words) - len(pipes)]), words[len(words) - len(pipes) :]
    for word, pipe in zip(taking, pipes, strict=True):
        plain += [word, f"/dev/fd/{pipe}"]
    try:
        done = subprocess.run(["openssl", *plain], input=content, capture_output=True, check=False, timeout=_SECONDS, pass_fds=pipes)  # noqa: S603, S607  (a fixed program, no shell, nothing from outside among the words)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SigningFailed(f"openssl did not run: {type(error).__name__}") from error
    finally:
        for pipe in pipes:
            os.close(pipe)
    if done.returncode or not done.stdout:
        raise SigningFailed(f"openssl {words[0]} ended with {done.returncode}: is the engine gost installed?")
    return done.stdout


def _pipe(content: bytes) -> int:
    """The reading end of a pipe that holds `content`: PEM files are far smaller than its 64 KB."""
    reading, writing = os.pipe()
    try:
        os.write(writing, content)
    finally:
        os.close(writing)
    return reading
