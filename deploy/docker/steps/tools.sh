# The builder's tools: pip's bootstrap of uv, the SBOM generator, strip. None of them reaches the image.
set -eu
. /build/registry.sh
packages=binutils
python3 -c 'import ensurepip' 2>/dev/null || packages="$packages python3-venv"
apt-get update -q
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $packages
python3 -m venv /tools
/tools/bin/pip install --quiet --cache-dir /cache/pip --require-hashes -r /build/bootstrap.txt -r /build/images.txt
