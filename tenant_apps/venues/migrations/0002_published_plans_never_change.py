from __future__ import annotations

from django.db import migrations

# No schema is named here: a function finds its tables by the search path, which inside a tenant
# is the tenant's schema alone, and a schema made from the dumped template keeps working.
#
# A version is sealed when published_at is set, at the end of the transaction that writes it.
# Until then rows can be added to it; a version that is not sealed cannot be committed.
FORWARD = """
CREATE FUNCTION venues_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION 'a published plan never changes (%)', TG_TABLE_NAME
    USING ERRCODE = 'check_violation', CONSTRAINT = 'published_plan_is_immutable';
END
$body$;

CREATE FUNCTION venues_refuse_late_rows() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF EXISTS (
    SELECT 1 FROM (SELECT DISTINCT version_id FROM added) AS touched
    JOIN venues_planversion AS version ON version.id = touched.version_id
    WHERE version.published_at IS NOT NULL
  ) THEN
    RAISE EXCEPTION 'a published plan gets no more rows (%)', TG_TABLE_NAME
      USING ERRCODE = 'check_violation', CONSTRAINT = 'published_plan_is_immutable';
  END IF;
  RETURN NULL;
END
$body$;

CREATE FUNCTION venues_refuse_unsealed() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF EXISTS (
    SELECT 1 FROM venues_planversion WHERE id = NEW.id AND published_at IS NULL
  ) THEN
    RAISE EXCEPTION 'a plan version must be sealed where it is written'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_version_is_sealed';
  END IF;
  RETURN NULL;
END
$body$;

CREATE TRIGGER venues_version_never_changes
  BEFORE UPDATE OR DELETE ON venues_planversion FOR EACH ROW
  WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION venues_refuse_change();
CREATE CONSTRAINT TRIGGER venues_version_is_sealed
  AFTER INSERT ON venues_planversion DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  EXECUTE FUNCTION venues_refuse_unsealed();
"""
REVERSE = """
DROP TRIGGER venues_version_is_sealed ON venues_planversion;
DROP TRIGGER venues_version_never_changes ON venues_planversion;
"""
for table in ("section", "row", "seat", "area"):
    FORWARD += f"""
CREATE TRIGGER venues_{table}_never_changes
  BEFORE UPDATE OR DELETE ON venues_{table} FOR EACH ROW EXECUTE FUNCTION venues_refuse_change();
CREATE TRIGGER venues_{table}_comes_before_the_seal
  AFTER INSERT ON venues_{table} REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION venues_refuse_late_rows();
"""
    REVERSE += f"""
DROP TRIGGER venues_{table}_comes_before_the_seal ON venues_{table};
DROP TRIGGER venues_{table}_never_changes ON venues_{table};
"""
REVERSE += """
DROP FUNCTION venues_refuse_unsealed();
DROP FUNCTION venues_refuse_late_rows();
DROP FUNCTION venues_refuse_change();
"""


class Migration(migrations.Migration):
    """Published plans are immutable, whatever the code above them does."""

    dependencies = [("venues", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, REVERSE)]
