"""What every conversation is made with; nothing in here is about any one of them."""
