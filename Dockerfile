# topupd in two stages: built with the Swift runtime linked in, run on a bare Debian as nobody.
# scripts/image builds it without a registry and tries it out, hardened as in a cluster.
ARG BUILDER=docker.io/library/swift:6.3-bookworm
ARG RUNTIME=docker.io/library/debian:12-slim

FROM ${BUILDER} AS build
# No versions of Debian packages are pinned: its mirrors drop the old one with every update.
# hadolint ignore=DL3008
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      pkg-config libprotobuf-c-dev libnghttp2-dev libssl-dev libcurl4-openssl-dev libsqlite3-dev \
      zlib1g-dev git ca-certificates \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# The tests too, though none is built: SwiftPM wants the folder of every target there is.
COPY Package.swift ./
COPY Sources ./Sources
COPY Tests ./Tests
RUN swift build -c release --static-swift-stdlib --product topupd \
 && swift build -c release --static-swift-stdlib --product topupctl \
 && bin="$(swift build -c release --static-swift-stdlib --show-bin-path)" \
 && mkdir /out \
 && strip -o /out/topupd "$bin/topupd" \
 && strip -o /out/topupctl "$bin/topupctl"

FROM ${RUNTIME}
# nghttp2 before deb12u3 can be made to abort (CVE-2026-27135): the image does not build with one.
# hadolint ignore=DL3008
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get upgrade -y -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      libprotobuf-c1 libnghttp2-14 libssl3 libcurl4 libsqlite3-0 zlib1g tzdata ca-certificates \
 && dpkg --compare-versions "$(dpkg-query -W -f='${Version}' libnghttp2-14)" ge 1.52.0-1+deb12u3 \
 && apt-get clean \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 topupd \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent \
      --shell /usr/sbin/nologin topupd \
 && install -d -o 10001 -g 10001 -m 0700 /var/lib/topupd
COPY --from=build --chown=0:0 --chmod=0755 /out/topupd /out/topupctl /usr/local/bin/
# Calls stay on loopback until there is TLS: whoever calls shares the pod. Webhooks come from outside
# of it, through an ingress that ends TLS; each is signed, and its host must be in
# TOPUP_WEBHOOK_HOSTS.
ENV TOPUP_DATABASE=/var/lib/topupd/topupd.sqlite \
    TOPUP_WEBHOOK_LISTEN=0.0.0.0:8080
USER 10001:10001
# No VOLUME: it would give a container for which none was asked a store that goes with it. Without one
# and with a read-only root, topupd refuses to start and says so.
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/topupd"]
CMD ["run"]
