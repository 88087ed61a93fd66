"""django-tenants' backend with the doors locked.

What it changes, and why (each is shown by `tests/isolation/test_database_walls.py`):

* The path inside a tenant is its schema alone, so a table missing there raises and never falls
  through to `public`.
* Entering a schema sets the path and the tenant's own role in one statement. The login has no
  rights in any tenant's schema, so a forgotten context cannot read one.
* A switch that fails raises and closes the connection: nothing usable is left behind.
  django-tenants swallows such an error and would go on at the path it had.
* A connection goes back into the pool with no path and no role.
* Switching inside a transaction is refused: a transaction belongs to one tenant.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django_tenants.postgresql_backend import base as tenants_base

from kernel.postgresql.pool import is_connected
from kernel.postgresql.roles import role_of

PUBLIC = "public"
ENTER = "SELECT set_config('role', %s, false), set_config('search_path', %s, false)"


class SwitchInTransaction(transaction.TransactionManagementError):
    """A transaction belongs to one schema; finish it before entering another."""


class DatabaseWrapper(tenants_base.DatabaseWrapper):
    search_path_set_schemas: list[str] | None
    _setting_search_path: bool
    # Set by the test harness, which wraps a whole test in one transaction.
    allow_switch_in_transaction = False

    def set_tenant(self, tenant: Any, include_public: bool = False) -> None:
        if (
            self.in_atomic_block
            and tenant.schema_name != self.schema_name
            and not self.allow_switch_in_transaction
        ):
            raise SwitchInTransaction(
                f"Cannot enter {tenant.schema_name}: {self.schema_name} has an open transaction."
            )
        # Where the connection is does not change by saying where it is to be: who comes back to
        # where they were, or enters it twice, needs no statement.
        where_it_is = self.search_path_set_schemas
        super().set_tenant(tenant, include_public=False)
        self.search_path_set_schemas = where_it_is

    def set_schema(
        self, schema_name: str, include_public: bool = False, tenant_type: Any = None
    ) -> None:
        super().set_schema(schema_name, include_public=False, tenant_type=tenant_type)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        # After a restart of PostgreSQL everything in the pool is dead.
        for _ in range(self.pool.max_size if self.pool else 0):
            if is_connected(connection):
                break
            connection.close()
            self.pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection

    def _handle_search_path(self, cursor: Any = None) -> None:
        schema_name = self.schema_name
        if self._setting_search_path or self.search_path_set_schemas == [schema_name]:
            return
        tenants_base._check_schema_name(schema_name)
        role = "none" if schema_name == PUBLIC else role_of(schema_name, self.settings_dict["NAME"])
        path = '"' + schema_name.replace('"', '""') + '"'
        self._setting_search_path = True
        try:
            # Straight on the driver's connection: Django's cursor would come back in here.
            with self.wrap_database_errors:
                self.connection.execute(ENTER, (role, path))
        except BaseException:
            # At the last tenant's path the next statement would read a stranger's rows.
            self.close()
            raise
        finally:
            self._setting_search_path = False
        self.search_path_set_schemas = [schema_name]
