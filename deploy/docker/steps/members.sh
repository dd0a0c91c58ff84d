# The service itself with contracts, cluster, kit and privacy, in a folder of their own; and what is inside of the image, as CycloneDX.
set -eu
. /build/registry.sh
ours=/build/member
cmp -s /build/with/pyproject.toml /build/member/pyproject.toml || ours="$ours /build/with"
if grep -q myschool-kit /build/member/pyproject.toml; then ours="/build/proto /build/cluster /build/kit $ours"; fi
if grep -q myschool-privacy /build/member/pyproject.toml; then ours="/build/privacy $ours"; fi
/tools/bin/uv pip install --quiet --python /app/bin/python --target /own --no-deps $ours
rm -f /own/.lock
ln -s /own /app/own
/app/bin/python -m compileall -q --invalidation-mode unchecked-hash -s / -p /app /own
mkdir /sbom
/tools/bin/cyclonedx-py environment --output-reproducible --output-format JSON --output-file "/sbom/$1.cdx.json" /app/bin/python
