"""What other slices put into their statements where they show children."""

# What lets guardian `w` see the student now.
SEES = "w.ended_at IS NULL AND NOT 'SEE' = ANY (w.denied) AND (w.ends_at IS NULL OR w.ends_at > now())"
