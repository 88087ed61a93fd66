"""An entry that does not balance is refused at the commit; nothing in the books is changed.

The functions name their tables through TG_TABLE_SCHEMA: a trigger that is deferred must not depend
on the search path at the moment of the commit.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION payments_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted bigint;
    sides bigint;
    total numeric;
BEGIN
    IF TG_TABLE_NAME = 'payments_posting' THEN
        wanted := NEW.entry_id;
    ELSE
        wanted := NEW.id;
    END IF;
    EXECUTE format(
        'SELECT count(*), coalesce(sum(amount_minor), 0) FROM %I.payments_posting'
        ' WHERE entry_id = $1',
        TG_TABLE_SCHEMA
    ) INTO sides, total USING wanted;
    IF sides < 2 OR total <> 0 THEN
        RAISE EXCEPTION 'ledger entry % has % postings that add up to %', wanted, sides, total
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entry_balances';
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER ledger_entry_balances AFTER INSERT ON payments_ledgerentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_entry_balances();
CREATE CONSTRAINT TRIGGER ledger_posting_balances AFTER INSERT ON payments_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_entry_balances();

CREATE FUNCTION payments_books_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'books_are_kept';
END
$$;

CREATE TRIGGER ledger_entry_is_kept BEFORE UPDATE OR DELETE ON payments_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION payments_books_are_kept();
CREATE TRIGGER ledger_posting_is_kept BEFORE UPDATE OR DELETE ON payments_posting
    FOR EACH ROW EXECUTE FUNCTION payments_books_are_kept();
"""

BACKWARD = """
DROP TRIGGER ledger_posting_is_kept ON payments_posting;
DROP TRIGGER ledger_entry_is_kept ON payments_ledgerentry;
DROP TRIGGER ledger_posting_balances ON payments_posting;
DROP TRIGGER ledger_entry_balances ON payments_ledgerentry;
DROP FUNCTION payments_books_are_kept();
DROP FUNCTION payments_entry_balances();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
