from __future__ import annotations

from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    name = "tenant_apps.checkout"
    label = "checkout"

    def ready(self) -> None:
        from public_apps.inbox import services as inbox
        from public_apps.outbox import services as outbox
        from public_apps.tenants import services as tenants
        from tenant_apps.checkout import services
        from tenant_apps.payments import services as payments

        tenants.before_erasing(services.ensure_nothing_under_way)
        inbox.register(
            "stripe",
            store_body=payments.store_provider_event,
            forget_bodies=payments.forget_provider_events,
            task_name="checkout.apply_payment_event",
        )
        outbox.subscribe("performance.changed", "checkout.end_orders_of_cancelled")
        outbox.subscribe("order.paid", "checkout.review_order")
        outbox.subscribe("refund.succeeded", "checkout.finish_refund")
        outbox.subscribe("refund.failed", "checkout.note_failed_refund")
