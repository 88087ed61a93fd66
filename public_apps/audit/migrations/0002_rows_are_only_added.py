from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    """The audit trail is a trail only if nobody can walk it backwards."""

    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql="""
            CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'audit entries are never changed' USING ERRCODE = 'check_violation',
                    CONSTRAINT = 'audit_only_added';
            END $$;
            CREATE TRIGGER audit_only_added BEFORE UPDATE OR DELETE ON audit_entry
                FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
            """,
            reverse_sql="""
            DROP TRIGGER audit_only_added ON audit_entry;
            DROP FUNCTION audit_refuse_change();
            """,
        )
    ]
