"""Replays a linux-ipcc recording through the host model: its mailbox core and its stm32-ipcc driver.

It carries out the stimuli of a file, and compares everything that the model does in answer with the lines that follow
(golden/linux-ipcc/README.md). It knows no file by name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mp1bench.linux.errno import KernelError, KernelFaultError
from mp1bench.linux.kernel.flavour import Flavour
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.mailbox.client import MailboxClient
from mp1bench.linux.mailbox.controller import MBOX_NO_MSG, MailboxChannel, MailboxController
from mp1bench.linux.mailbox.stm32_ipcc import Stm32Ipcc
from mp1bench.linux.of import Node, Reference
from replay.cursor import Cursor, Line
from replay.kernel import ReplayKernel
from replay.mailbox import SOFT_CHANNELS, RecordedCore, SoftController
from replay.schedule import Context, Schedule
from replay.surroundings import RecordedBus, RecordedClock, RecordedDevice, RecordedInterrupt
from replay.vocabulary import check


def replay(lines: list[Line], flavour: Flavour) -> None:
    """Replay a recording of `replay.cursor.read`, made of that kernel. Raises `replay.cursor.Mismatch`."""
    # A line that is printed without a device may have none.
    lines = [{**line, "dev": line.get("dev") or ""} if line["e"] == "log" else line for line in lines]
    check(lines)
    Replay(lines, flavour).run()


class _End(Exception):  # noqa: N818 - no accident
    """The regular end of the scenario."""


class Replay:
    """One recording on its way through the model."""

    def __init__(self, lines: list[Line], flavour: Flavour) -> None:
        self._cursor = Cursor(lines)
        config: dict[str, Any] = self._cursor.take()["config"]
        self._config = config
        self._bus = RecordedBus(config)
        self._schedule = Schedule(self._cursor, self._bus)
        self._bus.schedule = self._schedule
        self._schedule.peer = self._peer
        self._schedule.stimulus = self._stimulus
        self._kernel = ReplayKernel(self._bus, self._schedule, config.get("hz", 1000), flavour)
        self._kernel.dynamic_debug.enable("file mailbox.c +p; file stm32-ipcc.c +p")
        self._kernel.on_printk.append(lambda level, dev, text: self._see("log", level=level, dev=dev, text=text))
        self._core = RecordedCore(self._kernel, self._schedule)
        self._core.before_release = self._removed
        self._returned = False
        clock = RecordedClock(self._kernel, self._schedule, self._bus, config.get("clk_enable_err", 0))
        self._clock = self._bus.clock = clock
        processor = min(config.get("proc_id", 0), 1)
        self._interrupts = [
            RecordedInterrupt(self._kernel, self._schedule, line, processor, config) for line in ("rx", "tx")
        ]
        self._schedule.interrupts = self._interrupts
        self._nodes = {"ipcc": self._ipcc_node(), "soft": Node("soft")}
        self._driver: Stm32Ipcc
        self._module_refuses = False
        self._soft: MailboxController | None = None
        self._clients: dict[str, MailboxClient] = {}
        self._channels: dict[str, MailboxChannel] = {}
        self._sentinel = -1  # the pointer that 6.12 keeps for itself, as the recording writes it
        self._new_driver()

    def run(self) -> None:
        """To the end of the recording."""
        try:
            self._schedule.main()
        except _End:
            pass
        except KernelFaultError as fault:
            self._fault(fault)
        if not self._cursor.over:
            raise self._cursor.mismatch("the scenario is over")

    def _fault(self, fault: KernelFaultError) -> None:
        """The last line: how the recordings call a deadlock (`what`), their description leaves open."""
        if fault.kind != "a deadlock":
            where = {"where": fault.where} if "where" in self._cursor.line else {}
            self._cursor.expect(self._schedule.us, e="oops", signal=11, **where)
            return
        self._schedule.task = self._schedule.faulty[0]
        self._schedule.note("fault", what=self._cursor.line.get("what"), where=fault.where)

    # -- stimuli ----------------------------------------------------------------------------------------------

    def _stimulus(self) -> None:
        """Carry out the line at the cursor."""
        match self._cursor.line["e"]:
            case "call":
                self._call()
            case "advance":
                self._schedule.advance(self._cursor.take()["us"])
            case "client":
                self._client(self._cursor.take())
            case "preset":
                self._preset(self._cursor.take())
            case "irq":
                self._interrupt(self._cursor.line["line"])
            case "end":
                self._cursor.take()
                raise _End

    def _peer(self) -> None:
        line = self._cursor.line
        if line["op"] == "R" and (value := self._bus.ipcc.read(line["off"], 4)) != line["val"]:
            raise self._cursor.mismatch(f"in the model the peer reads {value}")
        self._cursor.take()
        if line["op"] == "W":
            self._bus.ipcc.write(line["off"], line["val"], 4)

    def _call(self) -> None:
        task = self._cursor.line.get("task")
        if task is None:
            self._schedule.run(Context(self._perform(self._cursor.take()), None))
        else:
            self._schedule.start(Context(self._calls(), task, free=True))

    def _interrupt(self, name: str) -> None:
        """A handler that is entered by hand."""
        interrupt = self._interrupts[name == "tx"]
        if not interrupt.installed:
            raise self._cursor.mismatch(f"the model has no handler for {name}")
        self._kernel.call(interrupt.thread())

    def _preset(self, line: Line) -> None:
        self._bus.preset(line)
        if "clock_enable" in line:
            self._clock.error = -abs(line["clock_enable"])
        if "module_refuses" in line:
            self._module_refuses = bool(line["module_refuses"])
            for controller in self._core.controllers:
                controller.unloading = self._module_refuses
        if "interrupts_held" in line:
            self._schedule.held = bool(line["interrupts_held"])

    def _client(self, line: Line) -> None:
        self._channels.pop(line["name"], None)
        callbacks: dict[str, Any] = {name: self._callback(name, line["name"]) for name in line["callbacks"]}
        self._clients[line["name"]] = MailboxClient(
            line["name"],
            tx_block=bool(line["tx_block"]),
            tx_tout=line["tx_tout_ms"],
            knows_txdone=bool(line["knows_txdone"]),
            node=self._client_node(line) if line["has_node"] else None,
            **callbacks,
        )

    def _client_node(self, line: Line) -> Node:
        references = []
        for controller, *cells in line["mboxes"]:
            node = None if controller is None else self._nodes.setdefault(controller, Node(controller))
            references.append(Reference(node, tuple(cell for cell in cells if cell is not None)))
        names = b"".join(name.encode() + b"\0" for name in line["names"])
        return Node("client", properties={"mbox-names": names} if names else {}, references={"mboxes": references})

    def _ipcc_node(self) -> Node:
        properties = {"wakeup-source": b""} if self._config.get("wakeup") else {}
        if self._config.get("has_proc_id", True):
            properties["st,proc-id"] = (self._config.get("proc_id", 0) & 0xFFFFFFFF).to_bytes(4, "big")
        return Node("mailbox@4c001000", properties=properties)

    # -- calls ------------------------------------------------------------------------------------------------

    def _calls(self) -> Sleeping[None]:
        """What the scenario does here: the calls at the cursor of whoever runs, one after the other."""
        self._schedule.peers()
        while self._schedule.at("call"):
            yield from self._perform(self._cursor.take())
            self._schedule.peers()

    def _perform(self, line: Line) -> Sleeping[None]:
        result = yield from self._result_of(line)
        if self._returned:
            self._returned = False
        else:
            self._see("ret", fn=line["fn"], val=result)

    def _removed(self) -> None:
        """The driver's remove() is over; what it held goes after its return or, if the recording has it so, before."""
        self._schedule.peers()
        if self._schedule.at("ret") and self._cursor.line.get("fn") == "remove":
            self._see("ret", fn="remove", val=0)
            self._returned = True

    def _result_of(self, line: Line) -> Sleeping[int | None]:
        fn = line["fn"]
        if "client" in line and line["client"] not in self._clients:
            raise self._cursor.mismatch(f"just before it, there is no client {line['client']}")
        channel = self._channels.get(line.get("client", ""))
        match fn:
            case "probe":
                return self._probe()
            case "remove" | "suspend" | "resume":
                getattr(self._driver, fn)()
                return 0
            case "request_channel":
                return self._request(line, lambda client: self._core.request_channel(client, line["index"]))
            case "request_channel_byname":
                return self._request(line, lambda client: self._core.request_channel_byname(client, line["mbox_name"]))
            case "send_message":
                return (yield from self._core.send_message(channel, self._message(line["msg"])))
            case "client_txdone":
                yield from self._core.client_txdone(channel, line["status"])
            case "flush":
                return (yield from self._core.flush(channel, line["timeout_ms"]))
            case "peek_data":
                return int(self._core.peek_data(channel))
            case "free_channel":
                self._core.free_channel(channel)
            case "soft_register":
                return self._soft_register(line)
            case "soft_txdone":
                yield from self._core.txdone(self._soft_channel(line), line["status"])
            case "soft_received_data":
                yield from self._core.received_data(self._soft_channel(line), self._message(line["msg"]))
        return None

    def _new_driver(self) -> None:
        node = self._nodes["ipcc"] if self._config.get("node", True) else None
        device = RecordedDevice(self._schedule, self._config, node, self._clock, [*self._interrupts])
        self._driver = Stm32Ipcc(self._kernel, self._bus, self._core, device)

    def _probe(self) -> int:
        self._new_driver()
        error = self._driver.probe()
        if self._driver.controller is not None:
            self._driver.controller.unloading = self._module_refuses
        self._schedule.at_unlock = not error and self._config.get("irq_service") == "unlock"
        return error

    def _request(self, line: Line, ask: Callable[[MailboxClient], MailboxChannel]) -> int:
        try:
            self._channels[line["client"]] = ask(self._clients[line["client"]])
        except KernelError as refusal:
            return refusal.code
        return 0

    def _soft_register(self, line: Line) -> int:
        ops = SoftController(self._answer)
        self._soft = MailboxController(
            self._nodes["soft"],
            "soft-mbox soft",
            ops,
            SOFT_CHANNELS,
            txdone_irq=bool(line["txdone_irq"]),
            txdone_poll=bool(line["txdone_poll"]),
            txpoll_period=line["period_ms"],
            flush=ops.flush if line["flush"] else None,
            last_tx_done=ops.last_tx_done if line["last_tx_done"] else None,
            peek_data=ops.peek_data if line["peek_data"] else None,
            unloading=self._module_refuses,
        )
        return self._core.register(self._soft)

    def _soft_channel(self, line: Line) -> MailboxChannel:
        if not 0 <= line["chan"] < SOFT_CHANNELS:
            raise self._cursor.mismatch(f"just before it, the soft controller has no channel {line['chan']}")
        if self._soft is None or not self._soft.channels:
            raise KernelFaultError("a NULL pointer dereference", line["fn"])  # a channel of no controller
        return self._soft.channels[line["chan"]]

    # -- what the model asks for ------------------------------------------------------------------------------

    def _see(self, kind: str, **keys: object) -> None:
        self._schedule.see(kind, **keys)

    def _callback(self, fn: str, client: str) -> Callable[..., Sleeping[None]]:
        def callback(message: object, *status: int) -> Sleeping[None]:
            keys = {"status": status[0]} if status else {}
            self._see("cb", fn=fn, client=client, msg=self._pointer(message), **keys)
            yield from self._calls()
            self._see("cb_end", fn=fn, client=client)

        return callback

    def _answer(self, fn: str, channel: MailboxChannel, arg: object) -> int:
        """An operation of the soft controller: what the scenario does in it, and what it says."""
        self._see("op", fn=fn, chan=channel.index, arg=self._pointer(arg))
        self._schedule.in_place(self._calls())
        value = self._cursor.line.get("val")
        self._see("op_end", fn=fn, chan=channel.index, val=value)
        return value if isinstance(value, int) else 0

    def _message(self, pointer: int) -> object:
        """The message that a pointer stands for: NULL and the one that 6.12 keeps for itself are special."""
        if pointer in (-1, 0xFFFFFFFFFFFFFFFF):
            self._sentinel = pointer
            return MBOX_NO_MSG
        return pointer or None

    def _pointer(self, message: object) -> Any:
        """The inverse."""
        return 0 if message is None else self._sentinel if message is MBOX_NO_MSG else message
