from __future__ import annotations

from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    name = "tenant_apps.checkout"
    label = "checkout"

    def ready(self) -> None:
        from public_apps.inbox import services as inbox
        from public_apps.outbox import services as outbox
        from tenant_apps.payments import services as payments

        inbox.register(
            "stripe",
            store_body=payments.store_provider_event,
            task_name="checkout.apply_payment_event",
        )
        outbox.subscribe("refund.succeeded", "checkout.finish_refund")
        outbox.subscribe("refund.failed", "checkout.note_failed_refund")
