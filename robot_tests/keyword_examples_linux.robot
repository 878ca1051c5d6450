*** Settings ***
Documentation    The examples of the keywords' documentation that need Linux: its files, drivers, devices and log.
...
...              Steps stand here as they stand there; what is added looks at what came of them.

Resource         ipcclab.resource

Suite Setup      Skip Unless Engine Is Installed

Test Tags        keyword-examples


*** Test Cases ***
Booting Linux
    Boot Linux
    Remote Processor State Should Be    offline
    Boot Linux    kernel=6.12    device_tree=${CURDIR}/../platforms/stm32mp157.dts
    Remote Processor State Should Be    offline
    Boot Linux    beside=rpmsg_echo.elf
    Remote Processor State Should Be    detached

Starting And Stopping The Remote Processor
    Boot Linux
    Start Remote Processor    rpmsg_echo.elf
    Remote Processor State Should Be    running
    Run For    1ms
    Boot Firmware    rpmsg_echo.elf
    ${acknowledged} =    Stop Remote Processor
    Should Be True    ${acknowledged}

Attaching To A Remote Processor And Detaching
    Boot Linux    beside=rpmsg_echo.elf
    Start Remote Processor
    Detach Remote Processor
    Remote Processor State Should Be    detached

Crashing The Remote Processor
    Boot Firmware    rpmsg_echo.elf
    Crash Remote Processor    watchdog
    Kernel Log Should Contain    crash detected in m4: type watchdog
    Remote Processor State Should Be    running

Having The Watchdog Bite
    Boot Firmware    rpmsg_echo.elf
    Trigger Watchdog
    Kernel Log Should Contain    crash detected in m4: type watchdog

Loading A Module
    Boot Firmware    ipcc_signals.elf
    Load Module    mailbox-cdev
    Linux Should Have    /dev/mailbox0
    Unload Module    mailbox-cdev
    Linux Should Not Have    /dev/mailbox0

Reading Linux's Log
    Boot Firmware    rpmsg_echo.elf
    Kernel Log Should Contain    remoteproc0: remote processor m4 is now up
    Kernel Log Should Not Contain    Try increasing MBOX_TX_QUEUE_LEN
    ${errors} =    Get Kernel Log    level=err
    Should Be Empty    ${errors}

Switching Debug Lines On
    Boot Firmware    rpmsg_echo.elf
    Enable Dynamic Debug    file stm32-ipcc.c +p
    Host Sends    hello
    Kernel Log Should Contain    stm32_ipcc_send_data: chan:1
    Enable Dynamic Debug    module stm32_ipcc =_

Requesting Mailbox Channels
    Boot Firmware    ipcc_signals.elf
    Request Mailbox Channel    5
    Request Mailbox Channel    6    tx_block=True    tx_tout=500ms
    Channel Should Have Received    5    1    within=10ms
    Free Mailbox Channel    5
    Get Register    C1MR.CH5OM    ==    1

Sending On A Mailbox Channel
    Boot Firmware    ipcc_signals.elf
    Request Mailbox Channel    5
    Send Mailbox Message    5    first
    Run For    1ms
    ${finished} =    Get Finished Messages    5
    Should Be Equal    ${finished}    ${{ ["first 0"] }}

Reading And Writing Files
    Boot Firmware    rpmsg_echo.elf
    ${state} =    Linux Reads    /sys/class/remoteproc/remoteproc0/state
    Should Be Equal    ${state}    running
    Boot Linux
    Linux Writes    /sys/class/remoteproc/remoteproc0/recovery    disabled
    ${recovery} =    Linux Reads    /sys/class/remoteproc/remoteproc0/recovery
    Should Be Equal    ${recovery}    disabled

Asking Whether A File Is There
    Boot Firmware    rpmsg_echo.elf
    Linux Should Have    /dev/ttyRPMSG0
    Boot Linux
    Linux Should Not Have    /dev/mailbox0

Asking What Would Not Block
    Boot Firmware    rpmsg_echo.elf
    Linux Should Have    /dev/ttyRPMSG0
    ${tty} =    Open Device    /dev/ttyRPMSG0
    Device Events Should Be    ${tty}    POLLOUT
    Write Device    ${tty}    hello
    Device Events Should Be    ${tty}    POLLIN    POLLOUT

Talking To A Terminal
    Boot Firmware    rpmsg_echo.elf
    Linux Should Have    /dev/ttyRPMSG0
    ${tty} =    Open Device    /dev/ttyRPMSG0
    Write Device    ${tty}    hello
    Device Should Give    ${tty}    hello    within=10ms
    ${taken} =    Write Device    ${tty}    hello
    Should Be Equal As Integers    ${taken}    5
    ${answer} =    Read Device    ${tty}    16
    Should Be Equal    ${answer}    hello
    Close Device    ${tty}
    Run Keyword And Expect Error    *has been closed*    Write Device    ${tty}    hello

Looking At The Accesses Of A Message
    Boot Firmware    rpmsg_echo.elf
    Linux Should Have    /dev/ttyRPMSG0
    ${tty} =    Open Device    /dev/ttyRPMSG0
    Forget Earlier Accesses
    Write Device    ${tty}    hello
    Device Should Give    ${tty}    hello
    Accesses Should Be    R C1SCR    W C1SCR    R C1MR    W C1MR    function=stm32_ipcc_send_data

Making An RPMsg Endpoint
    Boot Firmware    rpmsg_echo.elf
    Linux Should Have    /dev/rpmsg_ctrl0
    ${path} =    Create Rpmsg Endpoint    mine    dst=0x402
    ${file} =    Open Device    ${path}
    Write Device    ${file}    hello
    Device Should Give    ${file}    hello
    Destroy Rpmsg Endpoint    ${file}
    Close Device    ${file}
    Linux Should Not Have    ${path}

Making An RPMsg Channel
    Boot Firmware    rpmsg_echo.elf
    Linux Should Have    /dev/rpmsg_ctrl0
    Create Rpmsg Channel    rpmsg-raw    src=0x500    dst=0x402
    Linux Should Have    /dev/rpmsg0
    Release Rpmsg Channel    rpmsg-raw    src=0x500    dst=0x402
    Linux Should Not Have    /dev/rpmsg0
