"""The database backend that keeps tenants apart; see `docs/tenancy.md`."""
