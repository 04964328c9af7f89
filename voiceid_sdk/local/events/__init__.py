"""Delivery of events: the outbox, and the targets of subscriptions."""
