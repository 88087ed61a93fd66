from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0002_a_refund_may_be_reopened")]

    operations = [
        # What was cut off half way left an index that is not valid.
        migrations.RunSQL(
            sql="DROP INDEX IF EXISTS order_by_mailbox",
            reverse_sql=migrations.RunSQL.noop,
        ),
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                models.Func(
                    Lower("email"),
                    output_field=models.TextField(),
                    template=r"regexp_replace(%(expressions)s, '\+[^@]*@', '@')",
                ),
                name="order_by_mailbox",
            ),
        ),
    ]
