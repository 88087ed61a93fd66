from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """A device's own name for a scan. The rows that are there have none."""

    dependencies = [("tickets", "0002_scans_are_only_added")]

    operations = [
        migrations.AddField(
            model_name="scan",
            name="client_ref",
            # The database's own default: a process of the last release still adds rows.
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        )
    ]
