"""What a region tells the federation: weekly figures of groups of people."""
