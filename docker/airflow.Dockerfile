# Airflow for docker-compose.yml: each component runs this image with its own command. The DAGs are mounted.
ARG BASE_IMAGE=python:3.11-slim-bookworm

FROM ${BASE_IMAGE}
COPY docker/airflow-requirements.txt docker/airflow-postgres-requirements.txt /tmp/
RUN pip install --no-cache-dir --no-compile --disable-pip-version-check --root-user-action=ignore --quiet \
	-r /tmp/airflow-requirements.txt -r /tmp/airflow-postgres-requirements.txt
COPY docker/airflow-entrypoint docker/airflow-health /usr/local/bin/
RUN useradd --uid 50000 --gid 0 --home-dir /opt/airflow airflow \
	&& mkdir -p /opt/airflow/logs /opt/airflow/dags \
	&& chown -R airflow:0 /opt/airflow
ENV AIRFLOW_HOME=/opt/airflow \
	PYTHONDONTWRITEBYTECODE=1 \
	PYTHONUNBUFFERED=1
USER airflow
WORKDIR /opt/airflow
ENTRYPOINT ["airflow-entrypoint"]
