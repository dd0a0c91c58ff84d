"""«Удалить профиль»: a waiting time that can be ended, then an erasure in every service."""
