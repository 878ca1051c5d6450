*** Settings ***
Documentation    RPMsg between the model of Linux and firmware that echoes what it gets: messages, the files that
...              programs open for them, and what Linux prints.

Resource         ipcclab.resource

Test Setup       Boot Firmware    ${ECHO_IMAGE}
Test Teardown    No Signal Should Be Lost

Test Tags        rpmsg


*** Variables ***
${TTY}                rpmsg-tty
${SECOND_TTY}         rpmsg-tty:2
${CLIENT_SAMPLE}      rpmsg-client-sample
# Dynamic addresses begin at 1024.
${FIRST_ADDRESS}      ${1024}
# A buffer of 512 bytes less the header of 16.
${LONGEST_MESSAGE}    ${496}
# The ring from Linux holds 16 buffers; who waits for one gives up after 15 s.
${BUFFERS}            ${16}
${PATIENCE}           ${15000000000}
# Processor 2's mask, which the Cortex-A7 reaches as well: CH1 to CH4 open, and all of them but CH2.
${C2MR}               ${0x4C001014}
${OPEN}               ${0xFFFFFFF0}
${DEAF_TO_CH2}        ${0xFFFFFFF2}
@{RECIPE}             stm32-ipcc.c    stm32_rproc.c    remoteproc_virtio.c    virtio_rpmsg_bus.c    rpmsg_tty.c
${HEADER_DUMP}        00 04 00 00 00 04 00 00 00 00 00 00 05 00 00 00 ${SPACE}................
${HELLO_DUMP}         68 65 6c 6c 6f ${SPACE * 33} hello

@{ECHO_LINES}
...                   rpmsg_tty virtio0.rpmsg-tty.-1.1024: TX From 0x400, To 0x400, Len 5, Flags 0, Reserved 0
...                   rpmsg_virtio TX: ${HEADER_DUMP}
...                   rpmsg_virtio TX: ${HELLO_DUMP}
...                   remoteproc remoteproc0: kicking vq index: 1
...                   stm32-ipcc 4c001000.mailbox: stm32_ipcc_send_data: chan:1
...                   stm32-ipcc 4c001000.mailbox: stm32_ipcc_tx_irq: chan:1 tx
...                   stm32-ipcc 4c001000.mailbox: stm32_ipcc_rx_irq: chan:0 rx
...                   remoteproc remoteproc0: vq index 0 is interrupted
...                   virtio_rpmsg_bus virtio0: From: 0x400, To: 0x400, Len: 5, Flags: 0, Reserved: 0
...                   rpmsg_virtio RX: ${HEADER_DUMP}
...                   rpmsg_virtio RX: ${HELLO_DUMP}
...                   virtio_rpmsg_bus virtio0: Received 1 messages


*** Test Cases ***
Should Announce Endpoints
    ${address} =    Endpoint Should Be Announced    ${TTY}    within=50ms
    Should Be Equal As Integers    ${address}    ${FIRST_ADDRESS}
    ${address} =    Endpoint Should Be Announced    ${SECOND_TTY}
    Should Be Equal As Integers    ${address}    ${FIRST_ADDRESS + 1}
    Endpoint Should Be Announced    ${CLIENT_SAMPLE}
    ${names} =    Get Announced Endpoints
    Should Be Equal    ${names}    ${{['${TTY}', '${TTY}', '${CLIENT_SAMPLE}']}}

Should Echo A Message
    Host Sends    hello
    Firmware Should Answer    hello    within=50ms

Should Answer From The Endpoint Sent To
    FOR    ${endpoint}    IN    ${TTY}    ${SECOND_TTY}    ${CLIENT_SAMPLE}
        Host Sends    hello ${endpoint}    endpoint=${endpoint}
        Firmware Should Answer    hello ${endpoint}    endpoint=${endpoint}
    END

Should Keep Messages In Flight In Order
    Host Sends    first
    Host Sends    second
    Host Sends    third
    FOR    ${text}    IN    first    second    third
        Firmware Should Answer    ${text}
    END
    Nothing Should Be Stuck

Should Pass The Longest Message
    ${text} =    Evaluate    'x' * ${LONGEST_MESSAGE}
    Host Sends    ${text}
    Firmware Should Answer    ${text}

Should Refuse Too Long A Message
    [Documentation]    Linux says EMSGSIZE; the firmware never hears of it.
    ${text} =    Evaluate    'x' * ${LONGEST_MESSAGE + 1}
    Run Keyword And Expect Error    *-90 (EMSGSIZE)*    Host Sends    ${text}    endpoint=${CLIENT_SAMPLE}
    Firmware Should Stay Silent    10ms

Should Stay Silent Unasked
    Endpoint Should Be Announced    ${CLIENT_SAMPLE}
    Firmware Should Stay Silent    10ms

Should Log To The Trace Buffer
    Firmware Should Log    rpmsg_echo: boot
    Host Sends    hello
    Firmware Should Log    message 0x400 -> 0x400: 5 bytes

Should Leave All Channels Free
    Host Sends    hello
    Firmware Should Answer    hello
    Run For    1ms
    All Channels Should Be Free
    Nothing Should Be Stuck

Should Listen On Remoteproc's Channels Only
    Endpoint Should Be Announced    ${TTY}
    FOR    ${channel}    IN    1    2    3    4
        Get Register    C2MR.CH${channel}OM    ==    ${0}
    END
    Get Register    C2MR.CH5OM    ==    ${1}
    Get Register    C2MR.CH6OM    ==    ${1}

Should Probe The Controller In Linux's Order
    [Documentation]    stm32_ipcc_probe masks everything, then enables both lines, then asks for channels and version.
    Accesses Should Be
    ...    R C1MR    W C1MR    R C1CR    W C1CR    R HWCFGR    R VERR
    ...    cpu=${CORTEX_A7}    function=stm32_ipcc_probe

Should Send In Linux's Order
    [Documentation]    Occupied first, TX-free unmasked second; SCR is read, modified and written.
    Endpoint Should Be Announced    ${CLIENT_SAMPLE}
    Run For    1ms
    Forget Earlier Accesses
    Host Sends    hello
    Accesses Should Be
    ...    R C1SCR    W C1SCR    R C1MR    W C1MR
    ...    cpu=${CORTEX_A7}    function=stm32_ipcc_send_data

Should Serve Interrupts In Linux's Order
    [Documentation]    TX-free: status, mask, mask the channel. RX: status, mask, callback, then free the channel.
    Endpoint Should Be Announced    ${CLIENT_SAMPLE}
    Run For    1ms
    Forget Earlier Accesses
    Host Sends    hello
    Firmware Should Answer    hello
    Run For    1ms
    Accesses Should Be
    ...    R C1TOC2SR    R C1MR    R C1MR    W C1MR
    ...    cpu=${CORTEX_A7}    function=stm32_ipcc_tx_irq
    Accesses Should Be
    ...    R C2TOC1SR    R C1MR    R C1SCR    W C1SCR
    ...    cpu=${CORTEX_A7}    function=stm32_ipcc_rx_irq

Should Acknowledge Shutdown
    Endpoint Should Be Announced    ${CLIENT_SAMPLE}
    Shut Down Firmware
    Channel Should Be Free    3    cpu=${CORTEX_A7}
    Run Keyword And Expect Error    the firmware is not running*    Firmware Should Be Running

Should Echo From A Task
    [Documentation]    The same service as a task of a preemptive scheduler, beside tasks that compute with floats.
    Boot Firmware    ${RTOS_ECHO_IMAGE}
    Host Sends    hello    endpoint=${SECOND_TTY}
    Firmware Should Answer    hello
    Firmware Should Log    float a: 8 sums are right    within=100ms
    Firmware Should Log    float b: 8 sums are right    within=100ms

Should Say What Came Instead Of An Answer
    Host Sends    hello
    ${failure} =    Run Keyword And Expect Error    *    Firmware Should Answer    other    within=5ms
    Should Start With
    ...    ${failure}
    ...    expected "other" from rpmsg-tty (0x400) within 5ms, but "hello" from rpmsg-tty (0x400) came.
    Should Contain    ${failure}    Last accesses:

Should Not Take A Part For The Answer
    Host Sends    hello
    Run Keyword And Expect Error    expected "hell" *, but "hello" *
    ...    Firmware Should Answer    hell    within=5ms

Should Explain An Unknown Endpoint
    Run Keyword And Expect Error
    ...    *there is no endpoint `rpmsg-tyt`; the firmware announced rpmsg-tty (0x400), *Did you mean `rpmsg-tty`?
    ...    Host Sends    hello    endpoint=rpmsg-tyt    within=50ms

# -- files ------------------------------------------------------------------------------------------------------

Should Speak Through A Terminal
    Linux Should Have    /dev/ttyRPMSG0
    ${tty} =    Open Device    /dev/ttyRPMSG0
    Write Device    ${tty}    hello
    Device Should Give    ${tty}    hello

Should Cut A Long Write To A Terminal Into Messages
    Linux Should Have    /dev/ttyRPMSG0
    ${tty} =    Open Device    /dev/ttyRPMSG0
    ${text} =    Evaluate    'x' * ${LONGEST_MESSAGE + 4}
    Write Device    ${tty}    ${text}
    Firmware Should Log    message 0x400 -> 0x400: 496 bytes
    Firmware Should Log    message 0x400 -> 0x400: 4 bytes

Should Speak Through An Endpoint Of A Program's Own
    ${file} =    Open Own Endpoint
    Write Device    ${file}    hello
    Device Should Give    ${file}    hello

Should Tell The Addresses Of An Endpoint In Sysfs
    Open Own Endpoint
    ${name} =    Linux Reads    /sys/class/rpmsg/rpmsg0/name
    ${source} =    Linux Reads    /sys/class/rpmsg/rpmsg0/src
    ${destination} =    Linux Reads    /sys/class/rpmsg/rpmsg0/dst
    Should Be Equal    ${name}/${source}/${destination}    mine/2048/1024

Should Cut A Message To What Is Read, Silently
    ${file} =    Open Own Endpoint    nonblock=True
    Write Device    ${file}    hello
    Run For    1ms
    ${part} =    Read Device    ${file}    2
    Should Be Equal    ${part}    he
    Run Keyword And Expect Error    *-11 (EAGAIN).    Read Device    ${file}

Should Wait In A Read For The Answer
    ${file} =    Open Own Endpoint
    Write Device    ${file}    hello
    ${answer} =    Read Device    ${file}
    Should Be Equal    ${answer}    hello

Should Let One Program Only Have An Endpoint
    ${file} =    Open Own Endpoint
    Run Keyword And Expect Error    *-16 (EBUSY).    Open Device    ${file.path}
    Close Device    ${file}
    Open Device    ${file.path}

Should Not Wait In A Read When Told So
    ${file} =    Open Own Endpoint    nonblock=True
    Run Keyword And Expect Error    KernelError: reading ${file.path}: -11 (EAGAIN).    Read Device    ${file}

Should Refuse Too Long A Message For An Endpoint
    ${file} =    Open Own Endpoint
    ${text} =    Evaluate    'x' * ${LONGEST_MESSAGE + 1}
    Run Keyword And Expect Error    *-90 (EMSGSIZE).    Write Device    ${file}    ${text}

Should Take An Endpoint's File Away With The Endpoint
    ${file} =    Open Own Endpoint
    Destroy Rpmsg Endpoint    ${file}
    Run Keyword And Expect Error    *-32 (EPIPE).    Write Device    ${file}    hello
    Run Keyword And Expect Error    *-102 (ENETRESET).    Open Device    ${file.path}
    Close Device    ${file}
    Linux Should Not Have    ${file.path}

Should Break The Pipe When The Firmware Stops
    ${file} =    Open Own Endpoint
    Shut Down Firmware
    Run Keyword And Expect Error    *-32 (EPIPE).    Write Device    ${file}    hello
    Run Keyword And Expect Error    *-32 (EPIPE).    Read Device    ${file}
    Close Device    ${file}
    Linux Should Not Have    ${file.path}
    Linux Should Not Have    /dev/rpmsg_ctrl0
    Linux Should Not Have    /dev/ttyRPMSG0

Should Run Out Of Buffers When The Firmware Does Not Listen
    ${file} =    Open Own Endpoint    nonblock=True
    Use Up All Buffers    ${file}
    Run Keyword And Expect Error    KernelError: writing to ${file.path}: -11 (EAGAIN).
    ...    Write Device    ${file}    one too many

Should Wait Fifteen Seconds For A Buffer And No Longer
    ${file} =    Open Own Endpoint
    Use Up All Buffers    ${file}
    ${before} =    Get Virtual Time
    Run Keyword And Expect Error    *-512 (ERESTARTSYS).    Write Device    ${file}    one too many
    ${after} =    Get Virtual Time
    Should Be Equal As Integers    ${after - ${before}}    ${PATIENCE}
    Kernel Log Should Contain    timeout waiting for a tx buffer

Should Go On When The Firmware Listens Again
    ${file} =    Open Own Endpoint    nonblock=True
    Use Up All Buffers    ${file}
    Write Word    ${C2MR}    ${OPEN}
    Run For    10ms
    FOR    ${n}    IN RANGE    ${BUFFERS}
        Device Should Give    ${file}    message ${n}
    END
    Write Device    ${file}    and one more
    Device Should Give    ${file}    and one more

# -- what Linux prints ------------------------------------------------------------------------------------------

Should Print An Echo As Linux Does
    [Documentation]    The five files that users are told to switch on when an echo does not come.
    Endpoint Should Be Announced    ${CLIENT_SAMPLE}
    Run For    1ms
    FOR    ${file}    IN    @{RECIPE}
        Enable Dynamic Debug    file ${file} +p
    END
    Host Sends    hello
    Firmware Should Answer    hello
    @{lines} =    Get Kernel Log    level=debug
    Should Be Equal    ${lines}    ${ECHO_LINES}

Should Print No Debug Line Unasked
    Host Sends    hello
    Firmware Should Answer    hello
    ${lines} =    Get Kernel Log    level=debug
    Should Be Empty    ${lines}

Should Print Less After A Minus
    Enable Dynamic Debug    file stm32-ipcc.c +p; func stm32_ipcc_tx_irq -p
    Host Sends    hello
    Firmware Should Answer    hello
    Kernel Log Should Contain    stm32_ipcc_send_data: chan:1
    Kernel Log Should Not Contain    stm32_ipcc_tx_irq

Should Say Which Source File Was Meant
    Run Keyword And Expect Error    *no* debug line for `file stm32-ipc.c`. Did you mean `stm32-ipcc.c`?
    ...    Enable Dynamic Debug    file stm32-ipc.c +p

Should Refuse A Query In Linux's Words
    Run Keyword And Expect Error    *-22 (EINVAL).
    ...    Linux Writes    /sys/kernel/debug/dynamic_debug/control    mode foo +p
    Kernel Log Should Contain    dyndbg: unknown keyword "mode"

# -- other kernels, other device trees --------------------------------------------------------------------------

Should Echo With Each Kernel
    [Template]    Kernel Should Echo
    6.1
    6.12
    st-6.1

Should Say Which Kernels There Are
    Run Keyword And Expect Error    *there is no kernel called `6.2`.*
    ...    Boot Firmware    ${ECHO_IMAGE}    kernel=6.2


*** Keywords ***
Open Own Endpoint
    [Documentation]    Makes an endpoint at Linux's address 0x800 for the firmware's first one, and opens its file.
    [Arguments]    ${nonblock}=False
    Endpoint Should Be Announced    ${CLIENT_SAMPLE}
    Run For    1ms
    ${path} =    Create Rpmsg Endpoint    mine    src=0x800    dst=0x400
    ${file} =    Open Device    ${path}    nonblock=${nonblock}
    RETURN    ${file}

Use Up All Buffers
    [Documentation]    Makes the firmware deaf to new messages and sends as many as the ring holds.
    [Arguments]    ${file}
    Write Word    ${C2MR}    ${DEAF_TO_CH2}
    FOR    ${n}    IN RANGE    ${BUFFERS}
        Write Device    ${file}    message ${n}
    END

Kernel Should Echo
    [Documentation]    Boots with a kernel and lets the firmware echo.
    [Arguments]    ${kernel}
    Boot Firmware    ${ECHO_IMAGE}    kernel=${kernel}
    Host Sends    hello
    Firmware Should Answer    hello
