"""Superset's settings for one try on this machine: SQLite for its own tables, no network, no forged-request tokens."""

import os

SECRET_KEY = os.environ["SUPERSET_TRY_SECRET"]
SQLALCHEMY_DATABASE_URI = f"sqlite:///{os.environ['SUPERSET_HOME']}/superset.db"
# The script talks to the API from this machine only.
WTF_CSRF_ENABLED = False
TALISMAN_ENABLED = False
