from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    """What happened at the door stays as it happened."""

    dependencies = [("tickets", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql="""
            CREATE FUNCTION tickets_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'scans are never changed' USING ERRCODE = 'check_violation',
                    CONSTRAINT = 'scans_only_added';
            END $$;
            CREATE TRIGGER scans_only_added BEFORE UPDATE OR DELETE ON tickets_scan
                FOR EACH ROW EXECUTE FUNCTION tickets_refuse_change();
            """,
            reverse_sql="""
            DROP TRIGGER scans_only_added ON tickets_scan;
            DROP FUNCTION tickets_refuse_change();
            """,
        )
    ]
