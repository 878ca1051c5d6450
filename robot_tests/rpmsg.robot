*** Settings ***
Documentation    RPMsg between the model of Linux and firmware that echoes what it gets.

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


*** Test Cases ***
Firmware Should Announce Its Endpoints
    ${address} =    Endpoint Should Be Announced    ${TTY}    within=50ms
    Should Be Equal As Integers    ${address}    ${FIRST_ADDRESS}
    ${address} =    Endpoint Should Be Announced    ${SECOND_TTY}
    Should Be Equal As Integers    ${address}    ${FIRST_ADDRESS + 1}
    Endpoint Should Be Announced    ${CLIENT_SAMPLE}
    ${names} =    Get Announced Endpoints
    Should Be Equal    ${names}    ${{['${TTY}', '${TTY}', '${CLIENT_SAMPLE}']}}

Firmware Should Echo A Message
    Host Sends    hello
    Firmware Should Answer    hello    within=50ms

Each Endpoint Should Answer For Itself
    FOR    ${endpoint}    IN    ${TTY}    ${SECOND_TTY}    ${CLIENT_SAMPLE}
        Host Sends    hello ${endpoint}    endpoint=${endpoint}
        Firmware Should Answer    hello ${endpoint}    endpoint=${endpoint}
    END

Messages In Flight Should Keep Their Order
    Host Sends    first
    Host Sends    second
    Host Sends    third
    FOR    ${text}    IN    first    second    third
        Firmware Should Answer    ${text}
    END
    Nothing Should Be Stuck

Longest Message Should Pass
    ${text} =    Evaluate    'x' * ${LONGEST_MESSAGE}
    Host Sends    ${text}
    Firmware Should Answer    ${text}

Too Long A Message Should Be Refused
    [Documentation]    Linux says EMSGSIZE; the firmware never hears of it.
    ${text} =    Evaluate    'x' * ${LONGEST_MESSAGE + 1}
    Run Keyword And Expect Error    *-90 (EMSGSIZE)*    Host Sends    ${text}    endpoint=${CLIENT_SAMPLE}
    Firmware Should Stay Silent    10ms

Silent Line Should Stay Silent
    Endpoint Should Be Announced    ${CLIENT_SAMPLE}
    Firmware Should Stay Silent    10ms

Firmware Should Log What It Does
    Firmware Should Log    rpmsg_echo: boot
    Host Sends    hello
    Firmware Should Log    message 0x400 -> 0x400: 5 bytes

Exchange Should Leave All Channels Free
    Host Sends    hello
    Firmware Should Answer    hello
    Run For    1ms
    All Channels Should Be Free
    Nothing Should Be Stuck

Firmware Should Listen On Remoteproc's Channels Only
    Endpoint Should Be Announced    ${TTY}
    FOR    ${channel}    IN    1    2    3    4
        Get Register    C2MR.CH${channel}OM    ==    ${0}
    END
    Get Register    C2MR.CH5OM    ==    ${1}
    Get Register    C2MR.CH6OM    ==    ${1}

Linux Should Probe The Controller In Its Order
    [Documentation]    stm32_ipcc_probe masks everything, then enables both lines, then asks for channels and version.
    Accesses Should Be
    ...    R C1MR    W C1MR    R C1CR    W C1CR    R HWCFGR    R VERR
    ...    cpu=${CORTEX_A7}    function=stm32_ipcc_probe

Linux Should Send In Its Order
    [Documentation]    Occupied first, TX-free unmasked second; SCR is read, modified and written.
    Endpoint Should Be Announced    ${CLIENT_SAMPLE}
    Run For    1ms
    Forget Earlier Accesses
    Host Sends    hello
    Accesses Should Be
    ...    R C1SCR    W C1SCR    R C1MR    W C1MR
    ...    cpu=${CORTEX_A7}    function=stm32_ipcc_send_data

Linux Should Serve Its Interrupts In Its Order
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

Firmware Should Acknowledge Shutdown
    Endpoint Should Be Announced    ${CLIENT_SAMPLE}
    Shut Down Firmware
    Channel Should Be Free    3    cpu=${CORTEX_A7}
    Run Keyword And Expect Error    the firmware is not running*    Firmware Should Be Running

Tasks Should Echo As Well
    [Documentation]    The same service as a task of a preemptive scheduler, beside tasks that compute with floats.
    Boot Firmware    ${RTOS_ECHO_IMAGE}
    Host Sends    hello    endpoint=${SECOND_TTY}
    Firmware Should Answer    hello
    Firmware Should Log    float a: 8 sums are right    within=100ms
    Firmware Should Log    float b: 8 sums are right    within=100ms

Missing Answer Should Say What Came Instead
    Host Sends    hello
    ${failure} =    Run Keyword And Expect Error    *    Firmware Should Answer    other    within=5ms
    Should Start With
    ...    ${failure}
    ...    expected "other" from rpmsg-tty (0x400) within 5ms, but "hello" from rpmsg-tty (0x400) came.
    Should Contain    ${failure}    Last accesses:

Unknown Endpoint Should Be Explained
    Run Keyword And Expect Error
    ...    *there is no endpoint `rpmsg-tyt`; the firmware announced rpmsg-tty (0x400), *Did you mean `rpmsg-tty`?
    ...    Host Sends    hello    endpoint=rpmsg-tyt    within=50ms
