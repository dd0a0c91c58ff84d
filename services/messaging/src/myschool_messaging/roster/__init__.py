"""Classes, teachers, students and guardians as the roles service tells of them; members of the chats follow."""
