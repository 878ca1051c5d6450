"""The mailbox framework (drivers/mailbox): its core, the controller driver of the IPCC, and who uses its channels."""
