*** Settings ***
Documentation    The examples of the keywords' documentation that need no firmware: a test is both processors.
...
...              Steps stand here as they stand there; what is added looks at what came of them.

Library          OperatingSystem
Resource         ipcclab.resource

Suite Setup      Skip Unless Engine Is Installed
Test Setup       Needs A Bare Device    the example plays both processors

Test Tags        keyword-examples


*** Test Cases ***
Getting And Reading Registers
    Signal Channel    1    cpu=1
    Get Register    C1TOC2SR    ==    0x1
    ${masked} =    Get Register    C2MR.CH1OM
    Should Be Equal As Integers    ${masked}    1
    ${channels} =    Read Register    HWCFGR
    Should Be Equal As Integers    ${channels}    6
    ${nothing} =    Read Register    C1MR    width=2
    Should Be Equal As Integers    ${nothing}    0

Writing Registers
    Write Register    C1SCR    0x00010000
    Channel Should Be Occupied    1    cpu=1

Accessing Offsets
    ${zero} =    Read At Offset    0x020
    Should Be Equal As Integers    ${zero}    0
    Access Should Have Been Ignored    read of reserved +0x020
    Write At Offset    0x002    0xFFFF    width=2
    Access Should Have Been Ignored    2-byte write to C1CR

Telling Why An Access Was Ignored
    Read At Offset    0x020
    Access Should Have Been Ignored    read of reserved +0x020

Decoding A Register
    ${fields} =    Decode Register    C1SCR    0x00020001
    Should Be Equal    ${fields}[1]    CH2S = 1: occupy channel 2 to processor 2

Signalling A Channel And Acknowledging It
    Channel Should Be Free    1    cpu=1
    All Channels Should Be Free
    Signal Channel    1    cpu=1
    Channel Should Be Occupied    1    cpu=1
    Acknowledge Channel    1    cpu=2
    Channel Should Be Free    1    cpu=1
    No Signal Should Be Lost

Raising The Line Of A Receiver
    All Interrupt Lines Should Be Low
    Enable Interrupt    rx    cpu=2
    Unmask Interrupt    rx    1    cpu=2
    Signal Channel    1    cpu=1
    Interrupt Line Should Be High    RX1

Raising The Line Of A Sender
    Interrupt Line Should Be Low    TX0
    Enable Interrupt    tx    cpu=1
    Unmask Interrupt    tx    1    cpu=1
    High Lines Should Be    TX0
    Mask Interrupt    tx    1    cpu=1
    Interrupt Line Should Be Low    TX0
    Unmask Interrupt    tx    1    cpu=1
    Disable Interrupt    tx    cpu=1
    Interrupt Line Should Be Low    TX0

Telling What Came Of An Access
    Enable Interrupt    rx    cpu=2
    Unmask Interrupt    rx    2    cpu=2
    Signal Channel    2    cpu=1
    Access Should Have Caused    C1TOC2SR.CH2F occupied    RX1 high

Telling What Has Happened Since
    Signal Channel    1    cpu=1
    Forget Earlier Accesses
    Signal Channel    2    cpu=1
    Events Should Be    W C1SCR    C1TOC2SR.CH2F occupied
    ${accesses} =    Get Accesses    cpu=1
    Should Be Equal    ${accesses}    ${{ ["W C1SCR"] }}
    Trace Should Contain    C1TOC2SR.CH2F 0→1

Saving The Trace
    Signal Channel    1    cpu=1
    Save Trace    ${OUTPUT_DIR}/signal.ndjson
    File Should Not Be Empty    ${OUTPUT_DIR}/signal.ndjson

Taking Another Part's IPCC
    Use Ipcc    STM32WL5x
    Get Register    C1MR    ==    0xFFFFFFFF
    ${mine} =    Evaluate    stm32mp1.ipcc_table.STM32MP15._replace(name="MINE", channels=3)
    Use Ipcc    ${mine}
    Get Register    HWCFGR    ==    3

Resetting The Device
    Signal Channel    1    cpu=1
    Reset Device
    All Channels Should Be Free

Holding The Device In Reset
    Hold In Reset
    Get Register    HWCFGR    ==    0
    Release From Reset
    Get Register    HWCFGR    ==    6

Stopping The Clock
    Signal Channel    1    cpu=1
    Stop Clock
    Acknowledge Channel    1    cpu=2
    Channel Should Be Occupied    1    cpu=1
    Start Clock
    Get Register    HWCFGR    ==    6

Saving And Restoring
    ${state} =    Save State
    Signal Channel    1    cpu=1
    Restore State    ${state}
    Channel Should Be Free    1    cpu=1

Acting On A Rising Line
    Enable Interrupt    rx    cpu=2
    Unmask Interrupt    rx    1    cpu=2
    When Line Rises    RX1    Acknowledge Channel    1    cpu=2
    Signal Channel    1    cpu=1
    Channel Should Be Free    1    cpu=1

Not Listening
    Stop Listening
    Signal Channel    1    cpu=1
    Events Should Be    W C1SCR

Listening Again
    Stop Listening
    Listen Again
    Signal Channel    1    cpu=1
    Events Should Be    W C1SCR    C1TOC2SR.CH1F occupied

Exchanging At Two Speeds
    Exchange Should Complete    rounds=1000    speeds=1:100
    All Channels Should Be Free
