"""A driver that makes each MCAPI channel one device node, /dev/mcapi0 to /dev/mcapi7: data and control on one handle.

No kernel has it: it is what was wished for when MCAPI was proposed to Linux (mcapi.md §6). It keeps to MCAPI as
`mp1bench.mcapi` has it, and says in Linux's words how that went.

`ioctl.py` declares the requests, `error_numbers.py` the error number of each status. A handle has `ends.py`, or for
messages `message_end.py`; `links.py` brings them together with the peer's and apart again. `node.py` serves files,
`driver.py` is the module. Programs use `channel.py`.
"""
