"""Virtio (drivers/virtio): the bus, and the split ring."""
