from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0001_initial'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='client',
            name='client_scopes_known',
        ),
        migrations.AddConstraint(
            model_name='client',
            constraint=models.CheckConstraint(condition=models.Q(('scopes__contained_by', ['events:read', 'orders:read', 'orders:refund', 'tickets:redeem', 'venues:edit'])), name='client_scopes_known'),
        ),
    ]
