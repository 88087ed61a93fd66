"""A double of the part of Stripe that EventFlow uses, for development and tests.

It speaks Stripe's HTTP API (version 2026-10-28.endive), shows a payment page, sends signed
webhooks, and can be told to do all of it late, twice, never or in the wrong order. It answers on
loopback only and refuses to start in production. docs/stripe-double.md describes it.
"""
