from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """One scan for a name; made while people are let in, so without a lock on the table."""

    atomic = False
    dependencies = [("tickets", "0003_scans_have_a_ref")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddConstraint(
                    model_name="scan",
                    constraint=models.UniqueConstraint(
                        fields=("actor_ref", "client_ref"),
                        condition=models.Q(("client_ref", ""), _negated=True),
                        name="one_scan_per_caller_and_ref",
                    ),
                )
            ],
            database_operations=[
                # What was cut off half way left an index that is not valid.
                migrations.RunSQL(
                    sql="DROP INDEX IF EXISTS one_scan_per_caller_and_ref",
                    reverse_sql=migrations.RunSQL.noop,
                ),
                migrations.RunSQL(
                    sql="""
                    CREATE UNIQUE INDEX CONCURRENTLY one_scan_per_caller_and_ref
                        ON tickets_scan (actor_ref, client_ref) WHERE NOT client_ref = ''
                    """,
                    reverse_sql="DROP INDEX one_scan_per_caller_and_ref",
                ),
            ],
        )
    ]
