*** Settings ***
Documentation    A stock Linux on the Cortex-A7, with its own drivers, and firmware on the Cortex-M4.
...
...              Nothing of Linux comes with ipcclab: `ipcclab guest build` fetches it.

Resource         linux_guest.resource

Suite Setup      Import Guest Library
Test Setup       Use Shared Guest
Test Teardown    Leave Guest Content

Test Tags        linux_guest


*** Variables ***
${DRIVERS}         /sys/bus/platform/drivers
${MESSAGES}        ${100}
${AT_A_TIME}       ${10}
${RESTARTS}        ${10}
# rpmsg-client-sample of the echo image: a channel without a driver here.
${SAMPLE}          0x402
# How long stm32_rproc waits for the firmware's consent. Linux's timers of this length go off up to 32 ms late, and the
# shell's command takes its time.
${PATIENCE}        500ms
${AND_A_LITTLE}    540ms

# What rpmsg_ioctl does not understand: requests, numbers of arguments, addresses, names.
@{NONSENSE}        ${EMPTY}    create    create-ept    create-ept mine 1    destroy-ept mine
...                create-ept mine 1 4294967296    create-ept mine 0x 1    create-ept mine 0x: 1
...                create-ept mine one 1    create-ept '' any any    create-ept ${{ "x" * 32 }} any any


*** Test Cases ***
Should Probe In Linux's Order
    [Documentation]    stm32_ipcc_probe masks everything, enables both lines, then asks for channels and version.
    ${m4} =    Run In Guest    basename ${DRIVERS}/stm32-rproc/*.m4
    Run In Guest    echo ${m4} >${DRIVERS}/stm32-rproc/unbind
    Run In Guest    echo 4c001000.mailbox >${DRIVERS}/stm32-ipcc/unbind
    Forget Earlier Accesses
    Probe Drivers
    Kernel Log Should Contain    stm32-ipcc 4c001000.mailbox: ipcc rev:1.0 enabled, 6 chans, proc 0
    Kernel Log Should Contain    remoteproc remoteproc0: m4 is available
    Accesses Should Be
    ...    R C1MR    W C1MR    R C1CR    W C1CR    R HWCFGR    R VERR
    ...    cpu=1    function=stm32_ipcc_probe

Should Start
    Start Echo
    Remote Processor State Should Be    running
    Kernel Log Should Contain    remoteproc remoteproc0: remote processor m4 is now up
    FOR    ${channel}    IN    rpmsg-tty addr 0x400    rpmsg-tty addr 0x401    rpmsg-client-sample addr 0x402
        Kernel Log Should Contain    virtio_rpmsg_bus virtio0: creating channel ${channel}
    END
    Firmware Should Log    rpmsg_echo: boot

Should Echo Messages Of Any Length
    [Documentation]    The shortest, those of a full buffer (512 bytes less a header of 16), and others, in groups.
    Start Echo
    ${tty} =    Open Device    ${FIRST_TTY}
    ${lengths} =    Evaluate    [1, 2, 495, 496] + [37 * n % 496 + 1 for n in range(${MESSAGES - 4})]
    ${texts} =    Evaluate    [(f"{n % 10}abcdef{n:03}" * 50)[:length] for n, length in enumerate($lengths)]
    FOR    ${first}    IN RANGE    0    ${MESSAGES}    ${AT_A_TIME}
        ${group} =    Evaluate    $texts[$first : $first + ${AT_A_TIME}]
        FOR    ${text}    IN    @{group}
            Write Device    ${tty}    ${text}
        END
        Device Should Give    ${tty}    ${{ "".join($group) }}
    END

Should Keep Messages In Flight In Order
    [Documentation]    One write of 4000 bytes is nine messages at once.
    Start Echo
    ${tty} =    Open Device    ${FIRST_TTY}
    Run In Guest    seq -w 1000 1799 >/tmp/lines; cat /tmp/lines >${FIRST_TTY}
    Device Should Give    ${tty}    ${{ "".join(f"{n}\n" for n in range(1000, 1800)) }}

Should Carry Any Byte
    [Documentation]    Also those that a terminal would act upon: Ctrl-C, Ctrl-S, carriage return.
    Start Echo
    ${tty} =    Open Device    ${FIRST_TTY}
    Write Device    ${tty}    ${{ bytes(range(256)) }}
    Device Should Give    ${tty}    ${{ bytes(range(256)) }}

Should Serve Two Terminals
    Start Echo
    ${first} =    Open Device    ${FIRST_TTY}
    ${second} =    Open Device    ${SECOND_TTY}
    Write Device    ${first}    to the first
    Write Device    ${second}    to the second
    Device Should Give    ${second}    to the second
    Device Should Give    ${first}    to the first
    Close Device    ${first}
    Write Device    ${second}    again
    Device Should Give    ${second}    again

Should Serve A Character Device
    [Documentation]    An endpoint that the user makes by ioctl, and of which the firmware hears by its first message.
    Start Echo
    ${path} =    Create Rpmsg Endpoint    mine    dst=${SAMPLE}
    Should Be Equal    ${path}    /dev/rpmsg0
    ${endpoint} =    Open Device    ${path}
    ${tty} =    Open Device    ${FIRST_TTY}
    Write Device    ${endpoint}    hello
    Device Should Give    ${endpoint}    hello
    Device Should Stay Silent    ${tty}    5ms
    Destroy Rpmsg Endpoint    ${endpoint}
    Run In Guest    ! test -e ${path}

Should Serve A Raw Channel
    [Documentation]    A channel that the user makes by ioctl; rpmsg_char gives one of that name its device.
    Start Echo
    Create Rpmsg Channel    rpmsg-raw    dst=${SAMPLE}
    Echo Should Work    hello    /dev/rpmsg0
    Release Rpmsg Channel    rpmsg-raw    dst=${SAMPLE}
    Run In Guest    ! test -e /dev/rpmsg0
    Run Keyword And Expect Error    /dev/rpmsg_ctrl0 refuses release-dev * -22 (EINVAL).*
    ...    Release Rpmsg Channel    rpmsg-raw    dst=${SAMPLE}

Should Send And Receive In Linux's Order
    [Documentation]    A message is one signal on channel 2, and its answer one on channel 1.
    Start Echo
    ${tty} =    Open Device    ${FIRST_TTY}
    Forget Earlier Accesses
    Write Device    ${tty}    hello
    Device Should Give    ${tty}    hello
    Accesses Should Be    R C1SCR    W C1SCR    R C1MR    W C1MR    function=stm32_ipcc_send_data
    Accesses Should Be    R C1TOC2SR    R C1MR    R C1MR    W C1MR    function=stm32_ipcc_tx_irq
    Accesses Should Be    R C2TOC1SR    R C1MR    R C1SCR    W C1SCR    function=stm32_ipcc_rx_irq

Should Stop With Consent
    Start Echo
    ${before} =    Get Virtual Time
    ${acknowledged} =    Stop Remote Processor
    Virtual Time Should Have Passed    ${before}    at_most=20ms
    Should Be True    ${acknowledged}
    Remote Processor State Should Be    offline
    Kernel Log Should Contain    remoteproc remoteproc0: stopped remote processor m4
    Run In Guest    ! test -e ${FIRST_TTY}

Should Stop Without Consent
    Start Remote Processor    ${DEAF_IMAGE}
    ${before} =    Get Virtual Time
    ${acknowledged} =    Stop Remote Processor
    Virtual Time Should Have Passed    ${before}    at_least=${PATIENCE}    at_most=${AND_A_LITTLE}
    Should Not Be True    ${acknowledged}
    Kernel Log Should Contain    warning: remote FW shutdown without ack
    Remote Processor State Should Be    offline

Should Restart
    FOR    ${round}    IN RANGE    ${RESTARTS}
        Start Echo
        Echo Should Work    round ${round}
        Echo Should Work    the other, round ${round}    ${SECOND_TTY}
        ${acknowledged} =    Stop Remote Processor
        Should Be True    ${acknowledged}
    END

Should Start Another Image
    Start Remote Processor    ${DEAF_IMAGE}
    Stop Remote Processor
    Start Echo
    Echo Should Work    hello

Should Recover What Its Watchdog Has Reset
    [Documentation]    Linux is told by the watchdog's own interrupt, and does not ask the firmware to shut down.
    Start Echo    ${WATCHED_IMAGE}
    Echo Should Work    hello
    Run In Guest    echo crash >${FIRST_TTY}
    Kernel Log Should Contain    remoteproc remoteproc0: crash detected in m4: type watchdog    within=100ms
    Kernel Log Should Contain    remoteproc remoteproc0: recovering m4
    Kernel Log Should Contain    remote processor m4 is now up    within=1s
    Kernel Log Should Not Contain    without ack
    Remote Processor State Should Be    running
    Echo Should Work    hello again

Should Recover From A Crash Of The User's Making
    Start Echo
    Clear Kernel Log
    Crash Remote Processor    fatal error
    Kernel Log Should Contain    crash detected in m4: type fatal error
    Kernel Log Should Contain    remote processor m4 is now up    within=1s
    Kernel Log Should Not Contain    without ack
    Echo Should Work    hello again

Should Refuse A Command That Is None
    Run Keyword And Expect Error    `if` ended with 2: *syntax error*    Run In Guest    if
    Run In Guest    true

Should Refuse To Stop What Is Not Running
    Run Keyword And Expect Error    *Invalid argument*    Stop Remote Processor

Should Refuse Another Firmware While It Runs
    Start Echo
    Run Keyword And Expect Error    *Device or resource busy*    Start Remote Processor    ${DEAF_IMAGE}
    Echo Should Work    hello

Should Refuse An Endpoint Of The Same Address
    [Documentation]    It is made, and cannot be opened: the tty's own has that address.
    Start Echo
    ${path} =    Create Rpmsg Endpoint    mine    src=0x400    dst=${SAMPLE}
    Run Keyword And Expect Error    *${path}: Invalid argument*    Open Device    ${path}

Should Refuse A Request That Makes No Sense
    [Documentation]    Of the program in the guest that makes the ioctls: 127 is its own, 25 Linux's ENOTTY.
    FOR    ${arguments}    IN    @{NONSENSE}
        Run In Guest    rpmsg_ioctl ${arguments} </dev/null; test $? = 127
    END
    Run In Guest    rpmsg_ioctl create-ept ${{ "x" * 31 }} 0xFFFFFFFF any </dev/null; test $? = 25

Should Do What The Keywords' Documentation Shows Of The Guest
    [Documentation]    The examples of this and the two tests below stand so in the documentation.
    Skip Unless Guest Can Boot
    ${before} =    Get Virtual Time
    Run For    10ms
    Virtual Time Should Have Passed    ${before}    at_least=10ms    at_most=20ms
    ${interrupts} =    Run In Guest    grep mailbox /proc/interrupts
    Should Contain    ${interrupts}    4c001000.mailbox
    Clear Kernel Log
    ${lines} =    Get Kernel Log
    Should Be Empty    ${lines}

Should Do What The Keywords' Documentation Shows Of Remoteproc
    Remote Processor State Should Be    offline
    Start Remote Processor    rpmsg_echo.elf
    Remote Processor State Should Be    running
    Kernel Log Should Contain    remoteproc0: remote processor m4 is now up
    Kernel Log Should Not Contain    nobody cared
    Firmware Should Log    rpmsg_echo: boot
    ${text} =    Get Trace Buffer
    Should Start With    ${text}    rpmsg_echo: boot
    ${acknowledged} =    Stop Remote Processor
    Should Be True    ${acknowledged}
    Start Remote Processor    rpmsg_echo.elf
    Crash Remote Processor    watchdog
    Kernel Log Should Contain    crash detected in m4: type watchdog
    Remote Processor State Should Be    running

Should Do What The Keywords' Documentation Shows Of Devices
    Start Remote Processor    rpmsg_echo.elf
    ${tty} =    Open Device    /dev/ttyRPMSG0
    Write Device    ${tty}    hello
    Device Should Give    ${tty}    hello    within=10ms
    Device Should Stay Silent    ${tty}    10ms
    Close Device    ${tty}
    ${path} =    Create Rpmsg Endpoint    mine    dst=0x402
    ${file} =    Open Device    ${path}
    Write Device    ${file}    hello
    Device Should Give    ${file}    hello
    Destroy Rpmsg Endpoint    ${file}
    Create Rpmsg Channel    rpmsg-raw    dst=0x402
    ${raw} =    Open Device    /dev/rpmsg0
    Write Device    ${raw}    hello
    Device Should Give    ${raw}    hello
    Close All Devices
    Release Rpmsg Channel    rpmsg-raw    dst=0x402

Should Do With The Distribution's Own Device Tree
    [Documentation]    stm32mp157c-dk2.dtb as its kernel package has it; only /chosen is written, as boot loaders do.
    [Setup]    No Operation
    Boot Guest    rpmsg_echo.elf    device_tree=dk2    probe=False
    Probe Drivers
    ${model} =    Run In Guest    tr -d '\\000' </proc/device-tree/model
    Should Be Equal    ${model}    STMicroelectronics STM32MP157C-DK2 Discovery Board
    Start Echo
    Echo Should Work    hello
    Stop Remote Processor
    Start Echo
    Echo Should Work    hello after a restart

Should Be The Same Each Time
    [Documentation]    Two boots: each access of both processors, each line of Linux's, at the same nanosecond.
    [Setup]    No Operation
    Record A Run
    Save Trace    ${OUTPUT DIR}/linux_guest.txt
    Record A Run
    Trace Should Match    ${OUTPUT DIR}/linux_guest.txt
