"""Chats of classes, ordered and never lost."""
