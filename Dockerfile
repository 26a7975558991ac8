# The image of HMS. With DATABASE_URL it is only the application; without, it runs its own PostgreSQL in
# /var/lib/hms (mount a volume there, and start the container with --init).
FROM rust:1.95-slim-bookworm AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends build-essential nodejs npm \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# The caches outlive one build; the binary must be copied out of them.
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin hms && cp target/release/hms /hms

FROM debian:bookworm-slim
# The image wants PostgreSQL's programs, not the cluster that the package would make.
RUN mkdir -p /etc/postgresql-common/createcluster.d \
 && echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.d/hms.conf \
 && apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates postgresql \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home --home-dir /var/lib/hms hms
COPY --from=build /hms /usr/local/bin/hms
USER hms
ENV HMS_ENV=production HMS_HOME=/var/lib/hms HMS_BIND=0.0.0.0 PORT=8000
EXPOSE 8000
CMD ["hms", "serve"]
