# One recipe for every image: docker build --build-arg SERVICE=ranking .
# SERVICE is a folder below services/, or `command`: the operator's command, which knows all four,
# and the auditor, which is started as `python -m sayembara.auditor`.

FROM python:3.13-slim AS tools
COPY requirements.lock /src/
# The installer, pinned and checked by its hash, then the build tool; as `make setup` does it.
RUN python -m venv /tools \
 && sed -n '/^uv==/,/^[^ ]/{/^uv==/p;/^    --hash/p}' /src/requirements.lock > /tools/uv.lock \
 && /tools/bin/pip install --quiet --require-hashes --no-deps --requirement /tools/uv.lock \
 && /tools/bin/uv pip install --quiet --python /tools -c /src/requirements.lock hatchling

FROM tools AS build
ARG SERVICE
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY shared shared
COPY services services
COPY sayembara sayembara
COPY docs docs
RUN if [ "$SERVICE" = command ]; then parts=". shared services/*"; start='sayembara "$@"'; \
    else parts="shared services/$SERVICE"; start="python -m ${SERVICE}_service"; fi \
 && for part in $parts; do (cd "$part" && /tools/bin/hatchling build -t wheel -d /wheels); done \
 && python -m venv --without-pip /app \
 && printf '#!/bin/sh\nexec %s\n' "$start" > /app/bin/start && chmod 755 /app/bin/start
# What the lock has a hash for must match it; what it does not name at all must not be here.
RUN --mount=type=cache,target=/root/.cache/uv \
    /tools/bin/uv pip install --quiet --python /app --link-mode copy --compile-bytecode \
      -c requirements.lock /wheels/*.whl \
 && /tools/bin/uv pip freeze --quiet --python /app | grep -v '^sayembara' | while read -r pin; do \
      grep -q "^$pin " requirements.lock || { echo "$pin is not in requirements.lock" >&2; exit 1; }; \
    done

FROM python:3.13-slim
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    SAYEMBARA_HTTP_HOST=0.0.0.0
# Where a volume for the keys of contacts is put: it takes the folder's owner over.
RUN install -d -o 10001 -g 10001 -m 700 /contact-keys
USER 10001:10001
WORKDIR /tmp
HEALTHCHECK --interval=3s --timeout=4s --start-period=60s --retries=6 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"SAYEMBARA_HTTP_PORT\"]}/readyz', timeout=3)"]
ENTRYPOINT ["start"]
