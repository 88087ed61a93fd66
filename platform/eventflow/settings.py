"""Every setting, read once through typed readers; `docs/running.md` has the table.

Without DATABASE_URL this is the embedded run: addresses and secrets come from the folder that the
supervisor keeps. In production a value that is missing or wrong stops the start.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from kombu import Exchange, Queue

from eventflow import celery as _celery  # noqa: F401 - each Django process sends to this app
from eventflow import env, timetable
from eventflow.local import addresses
from eventflow.timetable import SWEEPS_QUEUE, WORK_QUEUE
from kernel.postgresql.pool import forget_tenant

ROOT = Path(__file__).resolve().parents[2]

ENVIRONMENTS = ("local", "test", "production")
if os.environ.get("DATABASE_URL"):
    # Where a database is named, it is said what it is for: production is never taken for local.
    ENVIRONMENT = env.choice("EVENTFLOW_ENV", among=ENVIRONMENTS)
else:
    ENVIRONMENT = env.choice("EVENTFLOW_ENV", "local", among=ENVIRONMENTS)
IN_PRODUCTION = ENVIRONMENT == "production"
if ENVIRONMENT == "local":
    addresses.fill_environment(ROOT)

DEBUG = env.flag("DEBUG", False)
SECRET_KEY = env.secret("SECRET_KEY", least_length=32)
SECRET_KEY_FALLBACKS = env.items("SECRET_KEY_FALLBACKS", [])
# Seal what must be readable again (signing keys). The newest is first; older ones still open.
ENCRYPTION_KEYS = env.secrets("ENCRYPTION_KEYS", least_length=32)

# Hosts ---------------------------------------------------------------------------------------

BASE_DOMAIN = env.text("BASE_DOMAIN") if IN_PRODUCTION else env.text("BASE_DOMAIN", "localhost")
PUBLIC_HOSTS = env.items("PUBLIC_HOSTS", [BASE_DOMAIN, "127.0.0.1"])
if IN_PRODUCTION:
    PUBLIC_SCHEME = env.choice("PUBLIC_SCHEME", among=("https", "http"))
else:
    PUBLIC_SCHEME = env.choice("PUBLIC_SCHEME", "http", among=("https", "http"))
PUBLIC_PORT = env.number("PUBLIC_PORT", 8000, least=0, most=65_535)
# Which organizer a host belongs to is decided by the tenant middleware; it refuses unknown hosts.
ALLOWED_HOSTS = ["*"]
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0, least=0, most=8)
TENANT_CACHE_SECONDS = env.number("TENANT_CACHE_SECONDS", 5, least=0, most=300)
# How long a page that says the same to everybody is given out unchanged; 0: it is made each time.
SHARED_PAGE_SECONDS = env.number("SHARED_PAGE_SECONDS", 2, least=0, most=60)

# Apps ----------------------------------------------------------------------------------------

# Tables of these stand in the public schema and in every tenant's.
BOTH = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    # Before allauth: our templates and forms stand in for its own.
    "public_apps.identity",
    "allauth",
    "allauth.account",
    "public_apps.audit",
    "public_apps.outbox",
]
SHARED_APPS = [
    # Before django_tenants: its `migrate` command gives way to ours.
    "public_apps.tenants",
    "django_tenants",
    *BOTH,
    "public_apps.inbox",
    # No tables of their own.
    "django.contrib.staticfiles",
    "django.contrib.messages",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
]
TENANT_APPS = [
    *BOTH,
    "tenant_apps.access",
    "oauth2_provider",
    "tenant_apps.venues",
    "tenant_apps.events",
    "tenant_apps.pricing",
    "tenant_apps.inventory",
    "tenant_apps.queueing",
    "tenant_apps.orders",
    "tenant_apps.tickets",
    "tenant_apps.payments",
    "tenant_apps.notifications",
    # No tables of their own.
    "tenant_apps.checkout",
    "tenant_apps.storefront",
    "tenant_apps.console",
]
INSTALLED_APPS = [*SHARED_APPS, *(app for app in TENANT_APPS if app not in SHARED_APPS)]
if not IN_PRODUCTION:
    # The demo's command; no tables.
    INSTALLED_APPS.append("eventflow.local")

AUTH_USER_MODEL = "identity.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TENANT_MODEL = "tenants.Tenant"
TENANT_DOMAIN_MODEL = "tenants.Domain"
TENANT_LIMIT_SET_CALLS = True
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]

ROOT_URLCONF = "eventflow.urls_tenant"
TENANT_URLCONF = "eventflow.urls_tenant"
PUBLIC_SCHEMA_URLCONF = "eventflow.urls_public"
WSGI_APPLICATION = "eventflow.wsgi.application"

MIDDLEWARE = [
    "eventflow.middleware.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "eventflow.web_files.WebFilesMiddleware",
    "eventflow.languages.LanguageMiddleware",
    "public_apps.tenants.middleware.TenantMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tenant_apps.inventory.sessions.BuyerSessionMiddleware",
    "eventflow.middleware.ProblemMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "platform/eventflow/templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tenant_apps.storefront.context.shop",
            ],
            "libraries": {"web": "eventflow.web_tags"},
        },
    }
]

# Storage -------------------------------------------------------------------------------------


def _database(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "ENGINE": "kernel.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or 5432),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,
        # Server-side cursors outlive a transaction and would outlive a switch of tenants.
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {
            "pool": {
                "min_size": env.number("DATABASE_POOL_LEAST", 2, least=0, most=100),
                "max_size": env.number("DATABASE_POOL_MOST", 16, least=1, most=500),
                "timeout": env.number("DATABASE_POOL_TIMEOUT", 5, least=1, most=60),
                "reset": forget_tenant,
            },
            "connect_timeout": 5,
            "application_name": f"eventflow-{env.text('EVENTFLOW_PROCESS', 'web')}",
            # Bounds on everything: a statement, a lock, a transaction somebody forgot.
            "options": "-c statement_timeout=30s -c lock_timeout=5s"
            " -c idle_in_transaction_session_timeout=30s",
        },
    }


DATABASES = {"default": _database(env.url("DATABASE_URL", schemes=("postgresql", "postgres")))}

# Where pg_dump is, when it is not on the PATH.
PG_DUMP = env.text("PG_DUMP", "")

REDIS_URL = env.url("REDIS_URL", schemes=("redis", "rediss", "unix"))
HOLDS_URL = env.url("HOLDS_URL", REDIS_URL, schemes=("redis", "rediss", "unix"))
BROKER_URL = env.url("BROKER_URL", REDIS_URL, schemes=("redis", "rediss", "unix"))
CACHE_URL = env.url("CACHE_URL", REDIS_URL, schemes=("redis", "rediss", "unix"))

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_FUNCTION": "django_tenants.cache.make_key",
        "TIMEOUT": 300,
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
}
SESSION_ENGINE = "public_apps.identity.sessions"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Holds ---------------------------------------------------------------------------------------

# Token buckets: so many at once, then so many a second.
# One buyer, who changes their mind.
HOLDS_PER_SESSION_BURST = env.number("HOLDS_PER_SESSION_BURST", 40, least=1, most=1_000_000)
HOLDS_PER_SESSION_PER_S = env.number("HOLDS_PER_SESSION_PER_S", 4, least=1, most=1_000_000)
# Browsers that look alike in one network: an office with the same machine on every desk.
HOLDS_PER_DEVICE_BURST = env.number("HOLDS_PER_DEVICE_BURST", 300, least=1, most=1_000_000)
HOLDS_PER_DEVICE_PER_S = env.number("HOLDS_PER_DEVICE_PER_S", 30, least=1, most=1_000_000)
# One network: many people behind one address.
HOLDS_PER_PREFIX_BURST = env.number("HOLDS_PER_PREFIX_BURST", 600, least=1, most=1_000_000)
HOLDS_PER_PREFIX_PER_S = env.number("HOLDS_PER_PREFIX_PER_S", 60, least=1, most=1_000_000)
# One organizer: more than sells a stadium of 60,000 in a minute, and half of what one live process
# bears, so that the other half is the others'.
HOLDS_PER_TENANT_BURST = env.number("HOLDS_PER_TENANT_BURST", 4_000, least=1, most=1_000_000)
HOLDS_PER_TENANT_PER_S = env.number("HOLDS_PER_TENANT_PER_S", 2_000, least=1, most=1_000_000)
# Who comes to a waiting room takes from another bucket: so the crowd in front of the door uses up
# nothing of what those inside need.
ARRIVALS_PER_TENANT_BURST = env.number("ARRIVALS_PER_TENANT_BURST", 4_000, least=1, most=1_000_000)
ARRIVALS_PER_TENANT_PER_S = env.number("ARRIVALS_PER_TENANT_PER_S", 1_000, least=1, most=1_000_000)

# Event streams of one network: behind one address there may be an office, not half the audience.
STREAMS_PER_NETWORK = env.number("STREAMS_PER_NETWORK", 500, least=1, most=1_000_000)

# Stripe --------------------------------------------------------------------------------------

STRIPE_API_KEY = env.secret("STRIPE_API_KEY", "")
STRIPE_API_BASE = env.url("STRIPE_API_BASE", "https://api.stripe.com", schemes=("http", "https"))
# Without it every webhook is refused: money would come in and no ticket go out.
STRIPE_WEBHOOK_SECRET = (
    env.secret("STRIPE_WEBHOOK_SECRET")
    if IN_PRODUCTION
    else env.secret("STRIPE_WEBHOOK_SECRET", "")
)
STRIPE_TIMEOUT_S = env.number("STRIPE_TIMEOUT_S", 10, least=1, most=60)
# For a page that somebody waits at, without a retry: its thread is everybody's.
STRIPE_PAGE_TIMEOUT_S = env.number("STRIPE_PAGE_TIMEOUT_S", 4, least=1, most=30)
STRIPE_MAX_RETRIES = env.number("STRIPE_MAX_RETRIES", 1, least=0, most=5)
# The platform's share of each paid order, in hundredths of a percent of its total.
PLATFORM_FEE_BASIS_POINTS = env.number("PLATFORM_FEE_BASIS_POINTS", 0, least=0, most=5_000)

# Mail ----------------------------------------------------------------------------------------

EMAIL_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.number("EMAIL_PORT", 25, least=1, most=65_535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.secret("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = 10
EMAIL_FILE_PATH = env.text("EMAIL_FILE_PATH", str(ROOT / ".data/mail"))
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", f"tickets@{BASE_DOMAIN}")

# Background work -----------------------------------------------------------------------------

CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_DEFAULT_QUEUE = WORK_QUEUE
CELERY_TASK_QUEUES = [
    Queue(name, Exchange(name), routing_key=name) for name in (WORK_QUEUE, SWEEPS_QUEUE)
]
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    # A request must not wait for a broker that is down (kombu's default takes six seconds for each
    # message): what it would have sent is in a table, and a sweep finds it.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = timetable.SCHEDULE
CELERY_TASK_ROUTES = timetable.ROUTES

# How long what has had its effect is kept; `docs/retention.md` says what never goes.
KEEP_FACTS_DAYS = env.number("KEEP_FACTS_DAYS", 90, least=7, most=3_650)
KEEP_MESSAGES_DAYS = env.number("KEEP_MESSAGES_DAYS", 90, least=7, most=3_650)
# Stripe lets an event be sent again for 30 days.
KEEP_PROVIDER_EVENTS_DAYS = env.number("KEEP_PROVIDER_EVENTS_DAYS", 90, least=31, most=3_650)

# Language, time, money -----------------------------------------------------------------------

LANGUAGE_CODE = "en"
# By the name that each has for itself; `docs/languages.md` says how to add one.
LANGUAGES = [
    ("en", "English"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("es", "Español"),
    ("ar", "العربية"),
]
LOCALE_PATHS = [ROOT / "platform/eventflow/locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Files ---------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = ROOT / "staticfiles"
STATICFILES_DIRS = [ROOT / "platform/eventflow/static"]
WHITENOISE_USE_FINDERS = not IN_PRODUCTION
# What the build made of TypeScript and styles, served at /assets/ under names that never change.
WEB_FILES = ROOT / "platform/web/built"
WHITENOISE_ROOT = WEB_FILES
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if IN_PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
FILE_UPLOAD_HANDLERS = ["eventflow.uploads.BoundedUploads"]
DATA_UPLOAD_MAX_NUMBER_FILES = 5

# Security ------------------------------------------------------------------------------------

SECURE = PUBLIC_SCHEME == "https"
SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
# Host-only by name: no other organizer's host can set these cookies for this one.
BUYER_COOKIE_NAME, CART_COOKIE_NAME = "ef_buyer", "ef_cart"
LANGUAGE_COOKIE_NAME = "ef_language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_SECURE = SECURE
if SECURE:
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    BUYER_COOKIE_NAME, CART_COOKIE_NAME = "__Host-ef_buyer", "__Host-ef_cart"
    LANGUAGE_COOKIE_NAME = "__Host-ef_language"
CSRF_FAILURE_VIEW = "eventflow.pages.csrf_failure"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "worker-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Signing in ------------------------------------------------------------------------------------

# Members at their organizer's host, operators at the public one; see `public_apps/identity`.
AUTHENTICATION_BACKENDS = ["public_apps.identity.signin.Backend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
PASSWORD_RESET_TIMEOUT = 2 * 60 * 60
ACCOUNT_ADAPTER = "public_apps.identity.signin.Adapter"
ACCOUNT_FORMS = {
    "login": "public_apps.identity.forms.SignInForm",
    "reset_password": "public_apps.identity.forms.AskForResetForm",
    "user_token": "public_apps.identity.forms.ResetLinkForm",
    "reset_password_from_key": "public_apps.identity.forms.SetPasswordForm",
    "change_password": "public_apps.identity.forms.ChangePasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "public_apps.identity.signin.ResetTokens"  # noqa: S105
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_SESSION_COOKIE_AGE = SESSION_COOKIE_AGE
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
# Counted in the cache, whose keys begin with the tenant's schema; `key` is the mail address.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,10/5m/key",
    "reset_password": "10/m/ip,5/10m/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

# API -----------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "eventflow.api_problems.problem_response",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
# Programs sign in by client credentials and by nothing else; see `tenant_apps/access/gateway.py`.
OAUTH2_PROVIDER_APPLICATION_MODEL = "access.Client"
OAUTH2_PROVIDER = {
    "OAUTH2_SERVER_CLASS": "oauthlib.oauth2.BackendApplicationServer",
    "OAUTH2_VALIDATOR_CLASS": "tenant_apps.access.gateway.Validator",
    "SCOPES_BACKEND_CLASS": "tenant_apps.access.gateway.ClientScopes",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 60 * 60,
    "CLIENT_SECRET_GENERATOR_LENGTH": 64,
    # RFC 9700: tokens are stored as hashes and never taken from an address.
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "EventFlow API",
    "DESCRIPTION": "Orders, events and admission of one organizer, at the organizer's own host.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "PREPROCESSING_HOOKS": ["eventflow.openapi.only_version_1"],
    "POSTPROCESSING_HOOKS": [
        "eventflow.openapi.describe_refusals",
    ],
}

# Logs ----------------------------------------------------------------------------------------

LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", among=("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING_CONFIG = "kernel.logs.configure"
LOGGING = {"level": LOG_LEVEL}

if ENVIRONMENT == "test" or "pytest" in sys.modules:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

env.finish()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventflow.settings")
