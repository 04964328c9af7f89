# Local Voice ID over HTTP; docs/local-voice-id-server.md says how to run it.

FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY voiceid_sdk voiceid_sdk
RUN pip wheel --no-cache-dir --wheel-dir /wheels '.[server]'

FROM python:3.13-slim
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir --no-index --find-links /wheels 'voiceid-sdk[server]' \
    && rm -r /wheels \
    && useradd --system --uid 10001 voiceid \
    && install --directory --owner voiceid /data /buckets
USER voiceid
WORKDIR /data
VOLUME ["/data", "/buckets"]
EXPOSE 8787
HEALTHCHECK --interval=5s --timeout=3s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8787/ready', timeout=2)"]
# It listens to other containers, so it wants credentials: VOICEID_LOCAL_ACCESS_KEY_ID, VOICEID_LOCAL_SECRET_ACCESS_KEY.
ENTRYPOINT ["python", "-m", "voiceid_sdk.local", "--host", "0.0.0.0", "--data", "/data/voiceid.sqlite", "--s3-root", "/buckets"]
