"""A key in this process: RSA (both forms), Ed25519 (raw form only, for test stands)."""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, pkcs7

from myschool_identity.bridge.signing.material import Files, Material
from myschool_identity.bridge.signing.port import Form, Signature, SigningFailed

_OPTIONS = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoAttributes]


class SoftwareSigner:
    """SHA-256 with RSA in both forms, or plain Ed25519."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._pem = b""
        self._key: PrivateKeyTypes | None = None

    async def sign(self, content: bytes, form: Form) -> Signature:
        """See `Signer.sign`."""
        material = self._files.current()
        key = self._loaded(material.key)
        if isinstance(key, ed25519.Ed25519PrivateKey) and form is Form.RAW:
            return Signature(key.sign(content), material.der)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise SigningFailed(f"a key of this kind cannot sign in the form {form.value}")
        if form is Form.RAW:
            return Signature(key.sign(content, padding.PKCS1v15(), SHA256()), material.der)
        certificate = x509.load_pem_x509_certificate(material.certificate)
        builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(certificate, key, SHA256())
        return Signature(builder.sign(Encoding.DER, _OPTIONS), material.der)

    def _loaded(self, pem: bytes) -> PrivateKeyTypes:
        """The key itself; made of its file once, for proving that an RSA key is one costs more than all the rest of a sign-in."""
        if self._key is None or pem != self._pem:
            self._pem, self._key = pem, load_pem_private_key(pem, None)
        return self._key


def fits(material: Material) -> bool:
    """Whether the certificate belongs to the private key."""
    try:
        key = load_pem_private_key(material.key, None)
        return key.public_key() == x509.load_pem_x509_certificate(material.certificate).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
