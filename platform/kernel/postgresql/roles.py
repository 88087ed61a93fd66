"""One PostgreSQL role a tenant's schema, so that the database itself keeps tenants apart."""

from __future__ import annotations

import hashlib

# PostgreSQL cuts identifiers at 63 bytes; two long names could then become one role.
NAME_BYTES = 63


def role_of(schema_name: str, database: str) -> str:
    """Return the role that owns the schema. It names the database, for roles are the cluster's."""
    name = f"ef_{database}_{schema_name}"
    if len(name.encode()) <= NAME_BYTES:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return f"ef_{digest}_{schema_name}"[:NAME_BYTES]
