"""What can go wrong with people who sign in."""

from __future__ import annotations

from kernel import errors


class EmailTaken(errors.Conflict):
    code = "email_taken"
    message = "Somebody with this mail address is here already."


class BadEmail(errors.Invalid):
    code = "bad_email"
    message = "This is not a mail address."


class WeakPassword(errors.Invalid):
    code = "weak_password"
    message = "This password is too easy to guess."


class NoSuchUser(errors.Missing):
    code = "no_such_user"
    message = "There is nobody with this mail address."
