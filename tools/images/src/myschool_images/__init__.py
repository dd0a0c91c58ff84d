"""Container images of every part: an engine and a base where the machine has none, then one build an image."""
