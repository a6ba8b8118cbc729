# The local AWS for docker-compose.yml, the emulator that `shoplake local up` runs: see docs/decisions/002-ministack.md.
ARG BASE_IMAGE=python:3.11-slim-bookworm
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS node

FROM ${BASE_IMAGE}
# The emulator runs the stack's Lambdas with Node.
RUN apt-get update -qq \
	&& apt-get install -y -qq --no-install-recommends libatomic1 >/dev/null \
	&& rm -rf /var/lib/apt/lists/*
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY docker/ministack-requirements.txt /tmp/
RUN pip install --no-cache-dir --no-compile --disable-pip-version-check --root-user-action=ignore --quiet \
	-r /tmp/ministack-requirements.txt
RUN useradd --uid 10001 ministack && mkdir -p /data && chown ministack:ministack /data
ENV PYTHONUNBUFFERED=1 \
	GATEWAY_PORT=4566 \
	PERSIST_STATE=1 \
	S3_PERSIST=1 \
	STATE_DIR=/data/state \
	S3_DATA_DIR=/data/objects \
	IOT_MTLS_ENABLED=0 \
	SFTP_ENABLED=0
USER ministack
VOLUME /data
HEALTHCHECK --interval=2s --timeout=5s --start-period=30s --retries=5 \
	CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:4566/_ministack/health', timeout=4)"]
CMD ["ministack"]
