"""The words that buyers read, in every language: found in the sources, kept in `.po` files.

    python -m eventflow.translations update    write the .po files anew, keep what is translated
    python -m eventflow.translations compile   make the .mo files that Django reads
    python -m eventflow.translations check     fail where a language lacks something

Babel does the work, so that no machine needs gettext's own programs. `docs/languages.md` says how
to translate and how to add a language.
"""
