from __future__ import annotations

from django.db import migrations

# A category, a price, and the zone and the tier that they name are of one list: keys over two
# columns, which Django cannot declare.
KEYS = (
    ("zonecategory", "zone"),
    ("price", "zone"),
    ("price", "tier"),
)


class Migration(migrations.Migration):
    dependencies = [("pricing", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql=f"ALTER TABLE pricing_{table} ADD CONSTRAINT {table}_{other}_of_its_list"
            f" FOREIGN KEY ({other}_id, price_list_id) REFERENCES pricing_{other} (id, price_list_id)"
            " DEFERRABLE INITIALLY DEFERRED",
            reverse_sql=f"ALTER TABLE pricing_{table} DROP CONSTRAINT {table}_{other}_of_its_list",
        )
        for table, other in KEYS
    ]
