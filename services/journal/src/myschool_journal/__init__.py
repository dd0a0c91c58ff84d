"""Journal and diary: years, timetable, lessons, marks, attendance, homework."""
