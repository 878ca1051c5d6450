*** Settings ***
Documentation    The Cortex-M4's life under remoteproc, as a user of /sys/class/remoteproc sees it.
...
...              Words, order and error numbers are those of Linux's remoteproc_core.c and stm32_rproc.c.

Library          Collections
Resource         ipcclab.resource

Test Tags        remoteproc


*** Variables ***
${SYSFS}              /sys/class/remoteproc/remoteproc0
${DEBUGFS}            /sys/kernel/debug/remoteproc/remoteproc0
${RESTARTS}           ${5}
${MILLISECOND}        ${1000000}
${SHUTDOWN_TIME}      ${500}
# Channel 3, which Linux counts from 0.
${SHUTDOWN_SIGNAL}    stm32_ipcc_send_data: chan:2


*** Test Cases ***
Should Offer The M4 Once The Drivers Are There
    Boot Linux
    Remote Processor State Should Be    offline
    File Should Hold    ${SYSFS}/name    m4
    File Should Hold    ${SYSFS}/firmware    rproc-m4-fw
    File Should Hold    ${SYSFS}/recovery    enabled
    File Should Hold    ${SYSFS}/coredump    disabled
    Kernel Log Should Contain    remoteproc remoteproc0: m4 is available

Should Start
    Boot Linux
    Start Remote Processor    ${ECHO_IMAGE}
    Remote Processor State Should Be    running
    File Should Hold    ${SYSFS}/firmware    ${ECHO_IMAGE}
    Log Should Hold In Order
    ...    powering up m4
    ...    Booting fw image ${ECHO_IMAGE}, size
    ...    rpmsg host is online
    ...    remote processor m4 is now up
    Firmware Should Be Running

Should Stop When The Firmware Acknowledges
    Boot Linux
    Start Remote Processor    ${ECHO_IMAGE}
    Endpoint Should Be Announced    rpmsg-client-sample
    Enable Dynamic Debug    func stm32_ipcc_send_data +p
    ${acknowledged} =    Stop Remote Processor
    Should Be True    ${acknowledged}
    Kernel Log Should Contain    ${SHUTDOWN_SIGNAL}
    Remote Processor State Should Be    offline
    Kernel Log Should Contain    stopped remote processor m4
    Kernel Log Should Not Contain    without ack
    Run Keyword And Expect Error    the firmware is not running*    Firmware Should Be Running

Should Echo After Each Restart
    Boot Linux
    FOR    ${round}    IN RANGE    ${RESTARTS}
        Start Remote Processor    ${ECHO_IMAGE}
        Host Sends    round ${round}
        Firmware Should Answer    round ${round}
        ${acknowledged} =    Stop Remote Processor
        Should Be True    ${acknowledged}
    END
    No Signal Should Be Lost

Should Count Its Users
    [Documentation]    A second start is one user more; the M4 stops when the last has gone.
    Boot Linux
    Start Remote Processor    ${ECHO_IMAGE}
    Start Remote Processor
    ${lines} =    Get Kernel Log
    ${boots} =    Evaluate    sum('powering up m4' in line for line in $lines)
    Should Be Equal As Integers    ${boots}    1
    Stop Remote Processor
    Remote Processor State Should Be    running
    Stop Remote Processor
    Remote Processor State Should Be    offline

Should Show The Firmware's Trace Buffer
    Boot Linux
    Linux Should Not Have    ${DEBUGFS}/trace0
    Start Remote Processor    ${ECHO_IMAGE}
    Firmware Should Log    rpmsg_echo: boot
    ${text} =    Linux Reads    ${DEBUGFS}/trace0
    Should Start With    ${text}    rpmsg_echo: boot

Should Show The Resource Table
    Boot Linux
    Start Remote Processor    ${ECHO_IMAGE}
    ${text} =    Linux Reads    ${DEBUGFS}/resource_table
    Should Contain    ${text}    Entry 0 is of type vdev
    Should Contain    ${text}    Number of buffers 16
    ${text} =    Linux Reads    ${DEBUGFS}/carveout_memories
    Should Contain    ${text}    vdev0vring0

Should Boot Firmware Without A Resource Table
    Boot Linux
    Start Remote Processor    ${SIGNALS_IMAGE}
    Remote Processor State Should Be    running
    Kernel Log Should Contain    no resource table found for this firmware

Should Recover From A Crash
    Boot Linux
    Start Remote Processor    ${ECHO_IMAGE}
    Host Sends    before
    Firmware Should Answer    before
    Crash Remote Processor    watchdog
    Kernel Log Should Contain    recovering m4
    Remote Processor State Should Be    running
    Log Should Hold In Order
    ...    crash detected in m4: type watchdog
    ...    handling crash \#1 in m4
    ...    recovering m4
    ...    stopped remote processor m4
    ...    remote processor m4 is now up
    Host Sends    after
    Firmware Should Answer    after

Should Recover When The Watchdog Bites
    Boot Linux
    Start Remote Processor    ${ECHO_IMAGE}
    Trigger Watchdog
    Kernel Log Should Contain    recovering m4
    Remote Processor State Should Be    running
    Host Sends    hello
    Firmware Should Answer    hello

Should Not Recover What Was Not Running
    Boot Linux
    Trigger Watchdog
    Kernel Log Should Contain    crash detected in m4: type watchdog
    Run For    100ms
    Kernel Log Should Not Contain    handling crash
    Remote Processor State Should Be    offline

Should Not Ask A Crashed Firmware To Shut Down
    Boot Linux
    Start Remote Processor    ${ECHO_IMAGE}
    Endpoint Should Be Announced    rpmsg-client-sample
    Linux Writes    ${SYSFS}/recovery    disabled
    Enable Dynamic Debug    func stm32_ipcc_send_data +p
    Crash Remote Processor    fatal error
    Remote Processor State Should Be    crashed
    Linux Writes    ${SYSFS}/recovery    recover
    Remote Processor State Should Be    running
    Kernel Log Should Contain    stm32_ipcc_send_data: chan:0
    Kernel Log Should Not Contain    ${SHUTDOWN_SIGNAL}

Should Stay Crashed Without Recovery
    Boot Linux
    Start Remote Processor    ${ECHO_IMAGE}
    Linux Writes    ${SYSFS}/recovery    disabled
    Crash Remote Processor    watchdog
    Remote Processor State Should Be    crashed
    Run For    100ms
    Remote Processor State Should Be    crashed
    Kernel Log Should Not Contain    recovering m4

Should Attach To Firmware That Runs Already
    Boot Linux    beside=${ECHO_IMAGE}
    Remote Processor State Should Be    detached
    Start Remote Processor
    Remote Processor State Should Be    attached
    File Should Hold    ${SYSFS}/firmware    unknown
    Log Should Hold In Order    attaching to m4    remote processor m4 is now attached
    Host Sends    hello
    Firmware Should Answer    hello

Should Leave Firmware Running That It Detaches From
    Boot Linux    beside=${ECHO_IMAGE}
    Start Remote Processor
    Endpoint Should Be Announced    rpmsg-client-sample
    Detach Remote Processor
    Remote Processor State Should Be    detached
    Kernel Log Should Contain    detached remote processor m4
    Kernel Log Should Not Contain    without ack
    Linux Should Not Have    /dev/ttyRPMSG0
    Firmware Should Be Running

Should Attach Again After It Has Detached
    Boot Linux    beside=${ECHO_IMAGE}
    FOR    ${round}    IN RANGE    ${RESTARTS}
        Start Remote Processor
        Host Sends    round ${round}
        Firmware Should Answer    round ${round}
        Detach Remote Processor
    END
    Kernel Log Should Not Contain    without ack

Should Not Attach To Firmware Without A Resource Table
    Boot Linux    beside=${SIGNALS_IMAGE}
    Run Keyword And Expect Error    *-2 (ENOENT).    Start Remote Processor
    Kernel Log Should Contain    can't load resource table: -2
    Remote Processor State Should Be    detached

Should Go On Without An Acknowledge
    [Documentation]    ipcc_signals does not look at channel 3: Linux waits half a second, says so, and pulls the reset.
    Boot Linux
    Start Remote Processor    ${SIGNALS_IMAGE}
    ${before} =    Get Virtual Time
    ${acknowledged} =    Stop Remote Processor
    ${after} =    Get Virtual Time
    Should Not Be True    ${acknowledged}
    Should Be Equal As Integers    ${after - ${before}}    ${SHUTDOWN_TIME * ${MILLISECOND}}
    Kernel Log Should Contain    warning: remote FW shutdown without ack
    Remote Processor State Should Be    offline

Should Refuse To Stop What Is Not Running
    Boot Linux
    Run Keyword And Expect Error    *-22 (EINVAL).    Stop Remote Processor

Should Refuse To Detach From What It Has Started
    Boot Linux
    Start Remote Processor    ${ECHO_IMAGE}
    Run Keyword And Expect Error    *-22 (EINVAL).    Detach Remote Processor
    Remote Processor State Should Be    running

Should Refuse An Unknown Word
    Boot Linux
    Run Keyword And Expect Error    KernelError: writing `restart` to ${SYSFS}/state: -22 (EINVAL).
    ...    Linux Writes    ${SYSFS}/state    restart

Should Refuse Another Firmware While It Runs
    Boot Linux
    Start Remote Processor    ${ECHO_IMAGE}
    Run Keyword And Expect Error    *-16 (EBUSY).    Linux Writes    ${SYSFS}/firmware    ${SIGNALS_IMAGE}
    Kernel Log Should Contain    can't change firmware while running
    File Should Hold    ${SYSFS}/firmware    ${ECHO_IMAGE}

Should Refuse Firmware That Is Not There
    Boot Linux
    Run Keyword And Expect Error    *-2 (ENOENT)*    Start Remote Processor    missing.elf
    Kernel Log Should Contain    request_firmware failed: -2
    Remote Processor State Should Be    offline

Should Start After A Refused Start
    Boot Linux
    Run Keyword And Expect Error    *    Start Remote Processor    missing.elf
    Start Remote Processor    ${ECHO_IMAGE}
    Host Sends    hello
    Firmware Should Answer    hello

Should Not Know Any Other Crash
    Boot Linux
    Start Remote Processor    ${ECHO_IMAGE}
    Run Keyword And Expect Error    *    Crash Remote Processor    boredom

Should Say Which State It Is Instead
    Boot Linux
    Run Keyword And Expect Error    the remote processor is offline after 1ms, expected running.*
    ...    Remote Processor State Should Be    running    within=1ms


*** Keywords ***
File Should Hold
    [Documentation]    Compares all of a file of Linux's.
    [Arguments]    ${path}    ${expected}
    ${text} =    Linux Reads    ${path}
    Should Be Equal    ${text}    ${expected}

Log Should Hold In Order
    [Documentation]    Passes if Linux has printed lines with these texts, one after the other, others in between.
    [Arguments]    @{texts}
    @{lines} =    Get Kernel Log
    FOR    ${text}    IN    @{texts}
        WHILE    True    limit=10000
            Should Not Be Empty    ${lines}    Linux has not printed "${text}" at its place.
            ${line} =    Remove From List    ${lines}    0
            IF    $text in $line    BREAK
        END
    END
