"""The programs: a folder each with its settings, its run and its whole page; and what every entry shares."""
