# How a package registry is reached, where that is special: a CA bundle and settings of pip and uv, both as build secrets
# (docker build --secret id=ca,src=… --secret id=registry,src=…), so that neither stays in a layer or in the history.
if [ -f /run/secrets/ca ]; then
  export SSL_CERT_FILE=/run/secrets/ca PIP_CERT=/run/secrets/ca
fi
if [ -f /run/secrets/registry ]; then
  set -a
  . /run/secrets/registry
  set +a
fi
export UV_CACHE_DIR=/cache/uv UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
