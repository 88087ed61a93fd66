
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='performance',
            name='max_extensions',
            field=models.PositiveSmallIntegerField(default=10),
        ),
    ]
