# The packages of one service by its hashed requirements, without what only a compiler, a debugger or a test reads;
# byte code, for the image is read-only (but of modules no service loads, which costs megabytes).
set -eu
. /build/registry.sh
/tools/bin/uv venv --quiet --python "$(command -v python3)" /app
/tools/bin/uv pip install --quiet --python /app/bin/python --require-hashes --no-deps -r "/build/$1.txt"
site=$(/app/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
find "$site" -name '*.so*' -type f -exec strip --strip-unneeded {} +
find "$site" -type f \( -name '*.c' -o -name '*.h' -o -name '*.pxd' -o -name '*.pyi' -o -name '*.pyx' \) -delete
find "$site" -type d -name tests -prune -exec rm -rf {} +
rm -rf "$site/sqlalchemy/testing" "$site/alembic/testing" "$site"/setuptools* "$site/_distutils_hack" "$site/distutils-precedence.pth"
/app/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash -x 'pygments/(lexers|styles)|dialects/(mssql|mysql|oracle|sqlite)' /app/lib
find /app/bin -mindepth 1 ! -name 'python*' ! -name pyvenv.cfg -delete
echo /app/own > "$site/own.pth"
