"""The kernel underneath the drivers: tasks, locks, interrupts, work queues and clocks, in virtual time."""
