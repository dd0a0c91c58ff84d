"""Chats: who is in them, what was said, how far it was read."""
