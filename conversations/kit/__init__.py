"""What conversations share; nothing in here is about a particular one."""
