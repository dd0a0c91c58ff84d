#!/usr/bin/env bash
# Generates Python from proto/ into proto/gen/python. Run by `make gen`; CI fails when the result differs from what is committed.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python
include=$($python -c 'import grpc_tools, pathlib; print(pathlib.Path(grpc_tools.__file__).parent / "_proto")')
out=proto/gen/python
find "$out" -name '*_pb2*' -delete
mapfile -t files < <(cd proto && find myschool buf -name '*.proto' | sort)
(cd proto && PATH="$PWD/../.venv/bin:$PATH" "../$python" -m grpc_tools.protoc -I. -I"$include" \
  --python_out=gen/python --grpc_python_out=gen/python --mypy_out=quiet:gen/python --mypy_grpc_out=quiet:gen/python "${files[@]}")
find "$out" -name '*_pb2_grpc.py*' -size -1200c -exec sh -c 'grep -q "class .*Stub" "$1" || rm "$1"' _ {} \;
find "$out" -type d -exec touch {}/__init__.py \;
rm -f "$out/__init__.py"
touch "$out/myschool/py.typed" "$out/buf/py.typed"
rm -rf "$out/myschool/topics" && cp -r proto/topics "$out/myschool/topics" && touch "$out/myschool/topics/__init__.py"
# In a copy of the contracts alone (the freshness test) there is nothing further to refresh.
if [ -d tests/contract ]; then
  $python tests/contract/permissions.py
  if $python -c 'import myschool_gateway.__main__' 2>/dev/null; then $python -m myschool_gateway openapi; fi
fi
