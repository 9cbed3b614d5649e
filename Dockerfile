# topupd in two stages: built with the Swift runtime linked in, run on a bare Debian as nobody.
ARG BUILDER=swift:6.3-bookworm
ARG RUNTIME=debian:12-slim

FROM ${BUILDER} AS build
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends pkg-config libprotobuf-c-dev libnghttp2-dev \
      libssl-dev libcurl4-openssl-dev libsqlite3-dev zlib1g-dev git ca-certificates \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Package.swift ./
COPY Sources ./Sources
COPY Tests ./Tests
RUN swift build -c release --static-swift-stdlib --product topupd \
 && swift build -c release --static-swift-stdlib --product topupctl \
 && mkdir /out \
 && cp "$(swift build -c release --static-swift-stdlib --show-bin-path)/topupd" \
       "$(swift build -c release --static-swift-stdlib --show-bin-path)/topupctl" /out/ \
 && strip /out/topupd /out/topupctl

FROM ${RUNTIME}
# nghttp2 before deb12u3 can be made to abort (CVE-2026-27135): the image does not build with one.
RUN apt-get update -qq \
 && apt-get upgrade -y -qq \
 && apt-get install -y -qq --no-install-recommends libprotobuf-c1 libnghttp2-14 libssl3 libcurl4 \
      libsqlite3-0 zlib1g tzdata ca-certificates \
 && dpkg --compare-versions "$(dpkg-query -W -f='${Version}' libnghttp2-14)" ge 1.52.0-1+deb12u3 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin topupd \
 && install -d -o 10001 -g 10001 -m 0700 /var/lib/topupd
COPY --from=build --chown=0:0 --chmod=0755 /out/topupd /out/topupctl /usr/local/bin/
ENV TOPUP_DATABASE=/var/lib/topupd/topupd.sqlite
USER 10001:10001
VOLUME /var/lib/topupd
EXPOSE 50051 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/topupd"]
CMD ["run"]
