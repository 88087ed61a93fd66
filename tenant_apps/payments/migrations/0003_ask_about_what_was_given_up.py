from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_books_balance")]

    operations = [
        migrations.AddField(
            model_name="attempt",
            name="ask_at",
            field=models.DateTimeField(null=True),
        ),
    ]
