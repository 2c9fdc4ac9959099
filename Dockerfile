# One image for web, workers, beat and `yishen`: what it does is said by its command (docker-compose.yml).

FROM python:3.11-slim AS build
WORKDIR /source
COPY requirements/ requirements/
# What runs goes into one environment, the tools that build the wheel into another that stays behind.
RUN python -m venv /opt/yishen \
 && /opt/yishen/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes \
      -r requirements/runtime.lock
RUN python -m venv /opt/tools \
 && /opt/tools/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes \
      -r requirements/dev.lock
COPY . .
RUN /opt/tools/bin/python -m build --wheel --no-isolation --outdir /wheels \
 && /opt/yishen/bin/python -m pip install --no-cache-dir --disable-pip-version-check --no-deps --no-index \
      /wheels/*.whl

FROM python:3.11-slim
# What a report in PDF is set with: a text shaper, and a face that has Chinese.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk \
 && rm -rf /var/lib/apt/lists/*
RUN groupadd --system --gid 10001 yishen \
 && useradd --system --uid 10001 --gid yishen --no-create-home --home-dir /var/lib/yishen --shell /usr/sbin/nologin yishen \
 && install --directory --owner=yishen --group=yishen --mode=0700 /var/lib/yishen
COPY --from=build /opt/yishen /opt/yishen
ENV PATH=/opt/yishen/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    YISHEN_DATA_DIR=/var/lib/yishen \
    YISHEN_LOG=json
USER 10001:10001
WORKDIR /var/lib/yishen
VOLUME /var/lib/yishen
EXPOSE 8765
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8765/healthz', timeout=4)"]
CMD ["python", "-m", "web", "--host", "0.0.0.0", "--port", "8765"]
