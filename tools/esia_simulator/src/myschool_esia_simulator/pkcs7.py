"""Verification of a detached PKCS#7 signature (RSA, SHA-256), which `cryptography` can only produce."""

import hmac

from asn1crypto import cms  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


class SignatureError(ValueError):
    """The bytes are no PKCS#7 signature, or it does not fit the content and key."""


def signer_serial(der: bytes) -> int:
    """Serial number of the certificate that the only signer names; raises SignatureError."""
    return int(_only_signer(der)["sid"].chosen["serial_number"].native)


def verify_detached(der: bytes, content: bytes, certificate: x509.Certificate) -> None:
    """Checks that `der` signs exactly `content` with the key of `certificate`; raises SignatureError otherwise."""
    signer = _only_signer(der)
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise SignatureError("the registered certificate has no RSA key")
    if signer["digest_algorithm"]["algorithm"].native != "sha256":
        raise SignatureError("the digest is not SHA-256")
    try:
        key.verify(signer["signature"].native, _signed_bytes(signer, content), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature as error:
        raise SignatureError("the signature does not fit") from error


def _only_signer(der: bytes) -> cms.SignerInfo:
    try:
        signed = cms.ContentInfo.load(der, strict=True)
        if signed["content_type"].native != "signed_data":
            raise SignatureError("not signed data")
        data = signed["content"]
        if data["encap_content_info"]["content"].native is not None:
            raise SignatureError("the signature is not detached")
        if len(data["signer_infos"]) != 1:
            raise SignatureError("exactly one signer is expected")
        signer = data["signer_infos"][0]
        if signer["sid"].name != "issuer_and_serial_number":
            raise SignatureError("the signer is not named by its certificate")
    except (ValueError, TypeError) as error:
        raise error if isinstance(error, SignatureError) else SignatureError("not PKCS#7") from error
    return signer


def _signed_bytes(signer: cms.SignerInfo, content: bytes) -> bytes:
    """With signed attributes the signature covers them, and they cover the content by its digest."""
    attributes = signer["signed_attrs"]
    if not len(attributes):
        return content
    digests = [item["values"][0].native for item in attributes if item["type"].native == "message_digest"]
    digest = hashes.Hash(hashes.SHA256())
    digest.update(content)
    if len(digests) != 1 or not hmac.compare_digest(digests[0], digest.finalize()):
        raise SignatureError("the digest of the content differs")
    return bytes(attributes.untag().dump(force=True))
