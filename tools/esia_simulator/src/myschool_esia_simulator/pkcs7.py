"""Verification of a detached PKCS#7 signature (RSA with SHA-256, or ГОСТ), which `cryptography` can only produce."""

import hashlib
import hmac

from asn1crypto import cms  # type: ignore[import-untyped]

from myschool_esia_simulator import gost
from myschool_esia_simulator.verifiers import SignatureError, Verifier

_DIGESTS = {"rsa": "2.16.840.1.101.3.4.2.1", "gost": gost.DIGEST}


def signer_serial(der: bytes) -> int:
    """Serial number of the certificate that the only signer names; raises SignatureError."""
    return int(_only_signer(der)["sid"].chosen["serial_number"].native)


def verify_detached(der: bytes, content: bytes, verifier: Verifier) -> None:
    """Checks that `der` signs exactly `content` with the verifier's key; raises SignatureError otherwise."""
    signer = _only_signer(der)
    digest = _DIGESTS.get(verifier.name)
    if digest is None:
        raise SignatureError("keys of this kind are not accepted in PKCS#7")
    if signer["digest_algorithm"]["algorithm"].dotted != digest:
        raise SignatureError("the digest does not belong to the key")
    verifier.verify(signer["signature"].native, _signed_bytes(signer, content, verifier.name))


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


def _signed_bytes(signer: cms.SignerInfo, content: bytes, kind: str) -> bytes:
    """With signed attributes the signature covers them, and they cover the content by its digest."""
    attributes = signer["signed_attrs"]
    if not len(attributes):
        return content
    digests = [item["values"][0].native for item in attributes if item["type"].native == "message_digest"]
    digest = gost.streebog(content) if kind == "gost" else hashlib.sha256(content).digest()
    if len(digests) != 1 or not hmac.compare_digest(digests[0], digest):
        raise SignatureError("the digest of the content differs")
    return bytes(attributes.untag().dump(force=True))
