"""Where the modelled drivers print debug lines: file, module, function and format, as Linux's own catalogue has them.

It holds no state: which of them print is `dynamic_debug.py`'s business. Line numbers are left out, as each kernel has
its own (linux-mailbox.md §6).
"""

from __future__ import annotations

#: By source file: its module, and (function, format) of each place, the longer of two similar formats first.
SITES: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "drivers/mailbox/mailbox.c": (
        "mailbox",
        (
            ("__mbox_bind_client", "%s: mailbox not free"),
            ("mbox_request_channel", "%s: No owner device node"),
            ("mbox_request_channel", "No owner fwnode"),
            ("mbox_request_channel", "No owner fwnode"),
            ("mbox_request_channel", '%s: can\'t parse "mboxes" property'),
        ),
    ),
    "drivers/mailbox/stm32-ipcc.c": (
        "stm32_ipcc",
        (
            ("stm32_ipcc_rx_irq", "%s: chan:%d rx"),
            ("stm32_ipcc_tx_irq", "%s: chan:%d tx"),
            ("stm32_ipcc_send_data", "%s: chan:%lu"),
        ),
    ),
    "drivers/mailbox/mailbox-cdev.c": (
        "mailbox_cdev",
        (("mbox_cdev_write", "Request sent"), ("mbox_cdev_mb_callback", "Answer received")),
    ),
    "drivers/mailbox/mailbox-test.c": (
        "mailbox_test",
        (
            ("mbox_test_message_write", "Client: Sending: Signal: "),
            ("mbox_test_message_write", "Client: Sending: Message: "),
            ("mbox_test_receive_message", "Client: Received [MMIO]: "),
            ("mbox_test_receive_message", "Client: Received [API]: "),
        ),
    ),
    "drivers/remoteproc/remoteproc_core.c": (
        "remoteproc",
        (
            ("rproc_enable_iommu", "iommu not present"),
            ("rproc_parse_vring", "vdev rsc: vring%d: da 0x%x, qsz %d, align %d"),
            ("rproc_handle_vdev", "vdev rsc: id %d, dfeatures 0x%x, cfg len %d, %d vrings"),
            ("rproc_handle_trace", "%s added: da 0x%x, len 0x%x"),
            ("rproc_handle_devmem", "mapped devmem pa 0x%x, da 0x%x, len 0x%x"),
            ("rproc_alloc_carveout", "carveout va %pK, dma %pad, len 0x%zx"),
            ("rproc_alloc_carveout", "carveout mapped 0x%x to %pad"),
            ("rproc_handle_carveout", "carveout rsc: name: %s, da 0x%x, pa 0x%x, len 0x%x, flags 0x%x"),
            ("rproc_handle_rsc_entry", "rsc: type %d"),
            ("rproc_crash_handler_work", "enter %s"),
        ),
    ),
    "drivers/remoteproc/remoteproc_elf_loader.c": (
        "remoteproc",
        (
            ("rproc_elf_sanity_check", "Firmware is an elf%d file"),
            ("rproc_elf_load_segments", "phdr: type %d da 0x%llx memsz 0x%llx filesz 0x%llx"),
        ),
    ),
    "drivers/remoteproc/remoteproc_virtio.c": (
        "remoteproc",
        (
            ("rproc_virtio_notify", "kicking vq index: %d"),
            ("rproc_vq_interrupt", "vq index %d is interrupted"),
            ("rp_find_vq", "vring%d: va %pK qsz %d notifyid %d"),
            ("rproc_virtio_set_status", "status: %d"),
            ("rproc_virtio_reset", "reset !"),
        ),
    ),
    "drivers/remoteproc/stm32_rproc.c": (
        "stm32_rproc",
        (
            ("stm32_rproc_pa_to_da", "pa %pa to da %llx"),
            ("stm32_rproc_mem_alloc", "map memory: %pad+%zx"),
            ("stm32_rproc_mem_release", "unmap memory: %pa"),
            ("stm32_rproc_of_memory_translations", "memory range[%i]: da %#x, pa %pa, size %#zx:"),
            ("stm32_rproc_mb_vq_work", "no message found in vq%d"),
            ("stm32_rproc_da_to_pa", "da %llx to pa %pap"),
        ),
    ),
    "drivers/rpmsg/rpmsg_ns.c": ("rpmsg_ns", (("rpmsg_ns_cb", "NS announcement: "),)),
    "drivers/rpmsg/virtio_rpmsg_bus.c": (
        "virtio_rpmsg_bus",
        (
            ("rpmsg_send_offchannel_raw", "TX From 0x%x, To 0x%x, Len %d, Flags %d, Reserved %d"),
            ("rpmsg_send_offchannel_raw", "rpmsg_virtio TX: "),
            ("rpmsg_recv_single", "From: 0x%x, To: 0x%x, Len: %d, Flags: %d, Reserved: %d"),
            ("rpmsg_recv_single", "rpmsg_virtio RX: "),
            ("rpmsg_recv_done", "Received %u messages"),
            ("rpmsg_probe", "buffers: va %pK, dma %pad"),
            ("rpmsg_xmit_done", "%s"),
        ),
    ),
    "drivers/tty/rpmsg_tty.c": (
        "rpmsg_tty",
        (
            ("rpmsg_tty_write", "rpmsg_send failed: %d"),
            ("rpmsg_tty_probe", "New channel: 0x%x -> 0x%x: ttyRPMSG%d"),
            ("rpmsg_tty_remove", "Removing rpmsg tty device %d"),
        ),
    ),
    "samples/rpmsg/rpmsg_client_sample.c": (
        "rpmsg_client_sample",
        (("rpmsg_sample_cb", "hexdump"),),
    ),
}
