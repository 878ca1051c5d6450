*** Settings ***
Documentation    Programs that talk to firmware without RPMsg: ST's mailbox client char device and Linux's mailbox-test.
...
...              Both are drivers of channel 6, where ``ipcc_signals`` answers a text in shared memory in capital
...              letters. A text that begins with "!" it answers before it frees the channel.

Resource         ipcclab.resource

Test Tags        mailbox-cdev


*** Variables ***
${DEVICE}           /dev/mailbox0
${MESSAGE}          /sys/kernel/debug/10049000.mailbox-test/message
# What is at hand of the reserved memory: one page.
${REGION}           ${4096}
${MILLISECOND}      ${1000000}
${WRITE_TIMEOUT}    ${500}


*** Test Cases ***
Should Have No Device Before The Driver Is Loaded
    Boot Firmware    ${SIGNALS_IMAGE}
    Linux Should Not Have    ${DEVICE}
    Run Keyword And Expect Error    *-2 (ENOENT)*    Open Device    ${DEVICE}

Should Answer A Request
    ${file} =    Open Char Device
    ${taken} =    Write Device    ${file}    hello
    Should Be Equal As Integers    ${taken}    5
    Run For    1ms
    ${answer} =    Read Device    ${file}    5
    Should Be Equal    ${answer}    HELLO

Should Answer One Request After The Other
    ${file} =    Open Char Device
    FOR    ${text}    IN    first    second    third
        Write Device    ${file}    ${text}
        Run For    1ms
        ${answer} =    Read Device    ${file}    ${{len($text)}}
        Should Be Equal    ${answer}    ${text.upper()}
    END

Should Return From A Write When The Firmware Has Freed The Channel
    ${file} =    Open Char Device
    Write Device    ${file}    hello
    Channel Should Be Free    6    cpu=${CORTEX_A7}

Should Report The Region's Size For Each Read
    [Documentation]    The driver's quirk: it copies what was asked for and returns the size of the whole region.
    ${file} =    Open Char Device
    Write Device    ${file}    hello
    Run For    1ms
    ${answer} =    Read Device    ${file}    2
    Should Be Equal    ${answer}    HE
    Should Be Equal As Integers    ${file.returned}    ${REGION}

Should Give The Channel Back With The Driver
    ${file} =    Open Char Device
    Close Device    ${file}
    Run Keyword And Expect Error    *-16 (EBUSY).    Request Mailbox Channel    6
    Unload Module    mailbox-cdev
    Linux Should Not Have    ${DEVICE}
    Request Mailbox Channel    6

Should Refuse To Read Before A Request
    ${file} =    Open Char Device
    Run Keyword And Expect Error    KernelError: reading ${DEVICE}: -1 (EPERM).    Read Device    ${file}    5

Should Refuse To Read An Answer Twice
    ${file} =    Open Char Device
    Write Device    ${file}    hello
    Run For    1ms
    Read Device    ${file}    5
    Run Keyword And Expect Error    *-1 (EPERM).    Read Device    ${file}    5

Should Refuse More Than The Region Holds
    ${file} =    Open Char Device
    ${text} =    Evaluate    'x' * ${REGION + 1}
    Run Keyword And Expect Error
    ...    KernelError: writing to ${DEVICE}: -22 (EINVAL).
    ...    Write Device
    ...    ${file}
    ...    ${text}
    Run Keyword And Expect Error    KernelError: reading ${DEVICE}: -22 (EINVAL).
    ...    Read Device    ${file}    ${REGION + 1}

Should Fail To Write After Half A Second Without An Acknowledge
    [Documentation]    rpmsg_echo does not look at channel 6.
    ${file} =    Open Char Device    ${ECHO_IMAGE}
    ${before} =    Get Virtual Time
    Run Keyword And Expect Error    KernelError: writing to ${DEVICE}: -62 (ETIME).    Write Device    ${file}    hello
    ${after} =    Get Virtual Time
    Should Be Equal As Integers    ${after - ${before}}    ${WRITE_TIMEOUT * ${MILLISECOND}}
    Kernel Log Should Contain    Failed to send message via mailbox

Should Lose An Answer That Comes Before The Acknowledge
    [Documentation]    The driver's race: write() sets its state after the answer has come, and read() is busy for ever.
    ${file} =    Open Char Device
    Write Device    ${file}    !hello
    Run For    100ms
    Run Keyword And Expect Error    KernelError: reading ${DEVICE}: -16 (EBUSY).    Read Device    ${file}    6
    Trace Should Contain    CH6: the answer came before write() to ${DEVICE} returned

Should Warn Of A Request Upon An Unanswered One
    ${file} =    Open Char Device
    Write Device    ${file}    !hello
    Kernel Log Should Not Contain    Previous request not answered
    Write Device    ${file}    hello
    Kernel Log Should Contain    Previous request not answered

Should Not Bind To A Channel That Is Owned
    Boot Firmware    ${SIGNALS_IMAGE}
    Request Mailbox Channel    6
    Load Module    mailbox-cdev
    Linux Should Not Have    ${DEVICE}
    Kernel Log Should Contain    Failed to request mailbox rx-tx

Should Say Which Modules There Are
    Boot Firmware    ${SIGNALS_IMAGE}
    Run Keyword And Expect Error    *Did you mean `mailbox-cdev`?    Load Module    mailbox-cdv

Should Test The Mailbox From Debugfs
    [Documentation]    The dump that comes back is of 128 bytes.
    ${file} =    Open Test Client
    Write Device    ${file}    hello
    Kernel Log Should Contain    Client: Message sent
    ${dump} =    Read Device    ${file}
    Should Start With    ${dump}    48 45 4c 4c 4f

Should Keep The Last Message Only
    ${file} =    Open Test Client
    Write Device    ${file}    first
    Run For    1ms
    Write Device    ${file}    second
    Run For    1ms
    ${dump} =    Read Device    ${file}
    Should Contain    ${dump}    SECOND
    ${nonblocking} =    Open Device    ${MESSAGE}    nonblock=True
    Run Keyword And Expect Error    *-11 (EAGAIN).    Read Device    ${nonblocking}

Should Refuse A Test Message Beyond 128 Bytes
    ${file} =    Open Test Client
    ${text} =    Evaluate    'x' * 129
    Run Keyword And Expect Error    *-22 (EINVAL).    Write Device    ${file}    ${text}
    Kernel Log Should Contain    Message length 129 greater than max allowed 128

Should Not Let Both Drivers Have The Channel
    Open Char Device
    Load Module    mailbox-test
    Linux Should Not Have    ${MESSAGE}
    Kernel Log Should Contain    Failed to request tx channel


*** Keywords ***
Open Char Device
    [Documentation]    Boots firmware, loads the driver and opens its device.
    [Arguments]    ${image}=${SIGNALS_IMAGE}
    Boot Firmware    ${image}
    Run For    1ms
    Load Module    mailbox-cdev
    ${file} =    Open Device    ${DEVICE}
    RETURN    ${file}

Open Test Client
    [Documentation]    Boots ipcc_signals, loads Linux's test client and opens its file.
    Boot Firmware    ${SIGNALS_IMAGE}
    Run For    1ms
    Load Module    mailbox-test
    ${file} =    Open Device    ${MESSAGE}
    RETURN    ${file}
