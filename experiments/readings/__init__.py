"""All ways of reading on all networks, against the same planted truth."""
