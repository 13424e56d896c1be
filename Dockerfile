# syntax=docker/dockerfile:1
# Pushform alone in an image: docker build -t pushform . && docker run --rm -v "$PWD:/project" pushform validate

FROM rust:1.95-slim-bookworm AS build
RUN apt-get update \
  && apt-get install --yes --no-install-recommends build-essential \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /source

# The dependencies alone first: this layer stays until Cargo.lock changes.
COPY Cargo.toml Cargo.lock ./
RUN mkdir --parents src benches \
  && echo 'fn main() {}' > src/main.rs \
  && touch src/lib.rs \
  && for bench in $(sed --quiet '/^\[\[bench\]\]/{n;s/^name = "\(.*\)"$/\1/p}' Cargo.toml); do \
       echo 'fn main() {}' > "benches/$bench.rs"; \
     done \
  && cargo build --release --locked --bin pushform

COPY . .
# Cargo goes by times, and the empty sources above are younger than ours.
RUN touch src/main.rs src/lib.rs \
  && cargo build --release --locked --bin pushform \
  && strip target/release/pushform

FROM debian:bookworm-slim
# The certificates of the vendors' hosts are checked against these.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --uid 10001 --create-home pushform
COPY --from=build /source/target/release/pushform /usr/local/bin/pushform
USER 10001
WORKDIR /project
ENTRYPOINT ["pushform"]
CMD ["--help"]
