from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("payments", "0003_ask_about_what_was_given_up")]

    operations = [
        AddIndexConcurrently(
            model_name="attempt",
            index=models.Index(
                fields=["ask_at"],
                condition=models.Q(("ask_at__isnull", False)),
                name="attempts_to_ask_about",
            ),
        ),
    ]
