# Keycloak with the theme of «Моя школа», built for PostgreSQL. KEYCLOAK is the stock image in the version that the local stack pins;
# the context is services/identity/theme:
#   docker build -f deploy/docker/keycloak.Dockerfile -t myschool/keycloak:0.1.0 services/identity/theme
ARG KEYCLOAK=quay.io/keycloak/keycloak:26.7.3
FROM ${KEYCLOAK}
COPY myschool /opt/keycloak/themes/myschool
RUN /opt/keycloak/bin/kc.sh build --db=postgres --health-enabled=true --metrics-enabled=true --features-disabled=kerberos
# Shorter than the bridge and the gateway keep an idle connection: never is one used that they close at that moment.
ENV KC_SPI_CONNECTIONS_HTTP_CLIENT__DEFAULT__CONNECTION_TTL_MILLIS=30000
LABEL org.opencontainers.image.title="myschool-keycloak" org.opencontainers.image.licenses="Apache-2.0"
ENTRYPOINT ["/opt/keycloak/bin/kc.sh"]
