FROM python:3.12-slim AS build
WORKDIR /src
RUN python -m venv /venv
COPY requirements.lock ./
RUN /venv/bin/python -m pip install --no-cache-dir --only-binary :all: --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot ./bot
COPY handlers ./handlers
RUN /venv/bin/python -m pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.12-slim
RUN useradd --system --uid 10001 --user-group --home-dir /data --no-create-home paperwire \
    && install -d -m 0700 -o paperwire -g paperwire /data
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 DATA_DIR=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
# Settings, store and dispatcher, all but the network: neither the arXiv nor the model is asked.
HEALTHCHECK --interval=60s --timeout=20s --start-period=20s CMD ["paperwire", "console", "-c", "/help"]
ENTRYPOINT ["paperwire"]
CMD ["run"]
