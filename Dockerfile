# syntax=docker/dockerfile:1
# Two images from one build: `centre` (recorder, alerts, api, and every command), and `collector`, which may ping.
#   docker build --target centre -t hallwatch:0.1.0 .
#   docker build --target collector -t hallwatch-collector:0.1.0 .

# The Python that the tests run on.
FROM python:3.11.13-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
RUN ["python", "-m", "venv", "/opt/hallwatch"]
# What changes seldom first: a layer that the next build finds again. Wheels only, and each with its hash.
COPY requirements.lock ./
RUN ["/opt/hallwatch/bin/pip", "install", "--require-hashes", "--only-binary", ":all:", "-r", "requirements.lock"]
COPY . .
RUN ["/opt/hallwatch/bin/pip", "install", "--no-deps", "--no-build-isolation", "--no-index", "."]
RUN ["/opt/hallwatch/bin/pip", "uninstall", "--yes", "hatchling", "editables", "pip", "setuptools"]

FROM python:3.11.13-slim-bookworm AS base
# Chinese characters in printed reports: 5 MB, where Noto's CJK fonts are 90.
RUN ["/bin/sh", "-ec", "apt-get update && apt-get install -y --no-install-recommends fonts-wqy-microhei && rm -rf /var/lib/apt/lists/*"]
RUN ["/bin/sh", "-ec", "useradd --system --uid 10001 --user-group --no-create-home --home-dir /var/lib/hallwatch hallwatch && install -d -o hallwatch -g hallwatch -m 0700 /var/lib/hallwatch && install -d /etc/hallwatch"]
COPY --from=build /opt/hallwatch /opt/hallwatch
ENV PATH=/opt/hallwatch/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /etc/hallwatch
VOLUME /var/lib/hallwatch
# The first process itself: it takes SIGTERM and starts no other that would have to be waited for.
ENTRYPOINT ["hallwatch"]
# See hallwatch/pulse.py; `api` is asked by HTTP instead (deploy/compose.yaml).
ENV HALLWATCH_PULSE=/tmp/pulse
HEALTHCHECK --interval=30s --timeout=10s --start-period=2m CMD ["python", "-m", "hallwatch.pulse", "/tmp/pulse"]

FROM base AS collector
# A process of a user that is not root has no capability in a container, whatever cap_add says: only a file can give it
# one. So this image has an interpreter of its own with CAP_NET_RAW, and the other one has not. It starts only where the
# container has the capability (cap_add: [NET_RAW]) and no-new-privileges is off.
RUN ["/bin/sh", "-ec", "apt-get update && apt-get install -y --no-install-recommends libcap2-bin && cp --remove-destination \"$(readlink -f /opt/hallwatch/bin/python3)\" /opt/hallwatch/bin/python3 && ln -sf python3 /opt/hallwatch/bin/python && setcap cap_net_raw+ep /opt/hallwatch/bin/python3 && apt-get purge -y --auto-remove libcap2-bin && rm -rf /var/lib/apt/lists/*"]
USER 10001:10001
CMD ["collector"]

FROM base AS centre
USER 10001:10001
CMD ["--help"]
