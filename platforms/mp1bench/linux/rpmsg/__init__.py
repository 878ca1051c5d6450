"""RPMsg (drivers/rpmsg): the bus, the name service, its transport over virtio, and the drivers of services."""
