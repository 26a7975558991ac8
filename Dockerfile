# The image of HMS: the program and nothing else. It needs a PostgreSQL of its own (DATABASE_URL), see
# docker-compose.yml; files that must survive lie in /var/lib/hms.
FROM rust:1.95-slim-bookworm AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends build-essential nodejs npm \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# The caches outlive one build; the binary must be copied out of them.
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --profile dist --locked --bin hms && cp target/dist/hms /hms

FROM debian:bookworm-slim
# curl is for the health check.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates curl \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --create-home --home-dir /var/lib/hms --shell /usr/sbin/nologin hms \
 && chmod 700 /var/lib/hms
COPY --from=build /hms /usr/local/bin/hms
USER 10001
WORKDIR /var/lib/hms
ENV HMS_ENV=production HMS_HOME=/var/lib/hms HMS_BIND=0.0.0.0 PORT=8000
VOLUME /var/lib/hms
EXPOSE 8000
# `hms` is process 1 and gets the signals itself: a stop lets running requests finish.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD curl -fsS "http://127.0.0.1:$PORT/health" || exit 1
CMD ["hms", "serve"]
