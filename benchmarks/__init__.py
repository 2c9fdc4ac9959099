"""Speed, each against its limit in the same run."""
