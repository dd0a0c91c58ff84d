"""Invitations to stand for a student in full: of schools and of students from 14 on."""
