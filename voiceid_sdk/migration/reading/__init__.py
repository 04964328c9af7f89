"""Reading an archive: from files to facts, one record after the other."""
