"""The demo: a sample supplier, its mailbox and a panel, on top of the local Telegram."""
