"""Where manifests come from: JSON documents, CSV tables, text files and folders."""
